//! What is generated or told twice agrees with the program.
