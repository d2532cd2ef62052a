//! The Prometheus API: recorded and hostile answers, queries.
