//! Alertmanager: recorded and hostile answers.
