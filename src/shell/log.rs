//! The log: files with rotation, never the screen.

use std::{io, path::Path};

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{EnvFilter, Registry, layer::SubscriberExt, util::SubscriberInitExt};

/// How many days are kept.
const KEPT: usize = 7;

/// Starts to log into `directory`, one file a day. Libraries are told to say less.
///
/// # Errors
/// When the directory cannot be made or written to. The console runs without a log then.
pub fn start(directory: &Path, level: &str) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("warroom")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(directory)
        .map_err(io::Error::other)?;
    let filter = EnvFilter::try_new(format!("warn,warroom={level}")).map_err(io::Error::other)?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(true)
        .with_thread_names(true)
        .with_writer(std::sync::Mutex::new(files));
    Registry::default().with(filter).with(lines).try_init().map_err(io::Error::other)
}
