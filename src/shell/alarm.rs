//! Telling a person who looks elsewhere that something grew worse: the bell, and a notification of the desktop.

use super::clipboard::{Between, passed};
use crate::{config::settings::Notifications, domain::clean::clean};

/// What was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alarm {
    /// Ring.
    pub bell: bool,
    /// Notify.
    pub notifications: Notifications,
}

impl Alarm {
    /// The bytes that do it. A multiplexer may not pass a notification on, so there it rings too: it shows in which window.
    #[must_use]
    pub fn sequence(self, text: &str, between: Between) -> String {
        // A semicolon would begin another field.
        let text = clean(text).replace(';', ",");
        let notification = match self.notifications {
            Notifications::None => String::new(),
            Notifications::Osc9 => passed(&format!("\x1b]9;warroom: {text}\x07"), between),
            Notifications::Osc777 => passed(&format!("\x1b]777;notify;warroom;{text}\x07"), between),
        };
        let rings = self.bell || (!notification.is_empty() && between != Between::Nothing);
        format!("{notification}{}", if rings { "\x07" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_sends_its_own_bytes_and_none_sends_nothing() {
        let sent = |bell, notifications, between| Alarm { bell, notifications }.sequence("BAD: cart", between);
        assert_eq!(sent(false, Notifications::None, Between::Tmux), "");
        assert_eq!(sent(true, Notifications::None, Between::Tmux), "\x07");
        assert_eq!(sent(false, Notifications::Osc9, Between::Nothing), "\x1b]9;warroom: BAD: cart\x07");
        assert_eq!(sent(true, Notifications::Osc777, Between::Nothing), "\x1b]777;notify;warroom;BAD: cart\x07\x07");
        let tmux = sent(false, Notifications::Osc9, Between::Tmux);
        assert!(
            tmux.contains("\x1bPtmux;\x1b\x1b]9;warroom: BAD: cart\x07\x1b\\") && tmux.ends_with('\x07'),
            "{tmux:?}"
        );
    }

    #[test]
    fn a_name_from_outside_cannot_end_the_sequence() {
        let alarm = Alarm { bell: false, notifications: Notifications::Osc777 };
        let sent = alarm.sequence("x\x07\x1b]52;c;eA==\x07", Between::Nothing);
        assert_eq!(sent, "\x1b]777;notify;warroom;x\u{fffd}\u{fffd}]52,c,eA==\u{fffd}\x07");
    }
}
