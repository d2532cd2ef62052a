//! The program in a real pseudo terminal of 120x40, and when what stands on its screen.

use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A console in a home of its own, which ends with this.
pub(crate) struct Console {
    /// When it was started.
    pub(crate) started: Instant,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    written: Receiver<(Instant, Vec<u8>)>,
    /// When the bytes came that the screen was last changed by.
    changed: Instant,
    screen: vt100::Parser,
    _terminal: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

impl Console {
    /// Starts `warroom` with these arguments.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pseudo terminal");
        let home = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(arguments);
        command.cwd(home.path());
        command.env_clear();
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let keyboard = pty.master.take_writer().expect("a writer");
        let (sender, written) = channel();
        let started = Instant::now();
        let child = pty.slave.spawn_command(command).expect("the program starts");
        drop(pty.slave);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send((Instant::now(), buffer.get(..read).unwrap_or_default().to_vec())).is_err() {
                    break;
                }
            }
        });
        let screen = vt100::Parser::new(size.rows, size.cols, 0);
        Self { started, child, keyboard, written, changed: started, screen, _terminal: pty.master, _home: home }
    }

    /// Types these keys.
    pub(crate) fn keys(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).expect("typed");
    }

    /// Waits until the screen is so: when the bytes came that made it so. What stands there instead where it never is.
    pub(crate) fn until(&mut self, deadline: Duration, is: impl Fn(&vt100::Screen) -> bool) -> Result<Instant, String> {
        let began = Instant::now();
        while !is(self.screen.screen()) {
            let Ok((at, bytes)) = self.written.recv_timeout(deadline.saturating_sub(began.elapsed())) else {
                return Err(self.screen.screen().contents());
            };
            self.screen.process(&bytes);
            self.changed = at;
        }
        Ok(self.changed)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
