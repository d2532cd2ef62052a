//! Drawing. Pure: a model and a theme in, a buffer out.
