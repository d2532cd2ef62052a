//! The themes that come with warroom.

/// Writes name and file of each theme once.
macro_rules! themes {
    ($($name:literal,)+) => {
        &[$(($name, include_str!(concat!("../../../themes/", $name, ".toml"))),)+]
    };
}

/// Name and file of each. The first is the one that warroom starts with.
pub(super) const SHIPPED: &[(&str, &str)] = themes![
    "default",
    "terminal",
    "dark",
    "light",
    "high-contrast",
    "high-contrast-dark",
    "high-contrast-light",
    "colour-blind",
    "colour-blind-dark",
    "colour-blind-light",
    "mono",
    "catppuccin-latte",
    "catppuccin-frappe",
    "catppuccin-macchiato",
    "catppuccin-mocha",
    "dracula",
    "gruvbox-dark",
    "gruvbox-light",
    "monokai",
    "nord",
    "one-dark",
    "one-light",
    "rose-pine",
    "solarized-dark",
    "solarized-light",
    "tokyo-night",
    "tokyo-night-storm",
    "tokyo-night-day",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Depth, Library, Role};

    #[test]
    fn every_shipped_theme_reads_and_paints_every_role() {
        for (name, _) in SHIPPED {
            let theme = Library::default().theme(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(theme.name, *name);
            for role in Role::ALL {
                assert!(theme.paints.contains_key(role), "{name} leaves out {role:?}");
            }
        }
    }

    #[test]
    fn what_helps_with_many_colours_helps_with_16_too() {
        let look = |name: &str, role: Role| Library::default().theme(name).expect(name).style(role, Depth::Ansi16);
        for name in ["colour-blind", "colour-blind-dark", "colour-blind-light"] {
            assert_eq!(look(name, Role::Ok).fg, Some(ratatui::style::Color::LightBlue), "{name}");
        }
        for name in ["high-contrast", "high-contrast-dark", "high-contrast-light"] {
            assert!(look(name, Role::TextDim).add_modifier.is_empty(), "{name} dims");
        }
        assert_eq!(look("nord", Role::Ok), look("terminal", Role::Ok));
    }

    #[test]
    fn the_selection_and_what_is_bad_are_seen_at_every_depth_in_every_theme() {
        for (name, _) in SHIPPED {
            let theme = Library::default().theme(name).expect(name);
            for depth in [Depth::Ansi16, Depth::Indexed256, Depth::TrueColour] {
                let selected = theme.style(Role::SelectionGround, depth).patch(theme.style(Role::SelectionText, depth));
                assert!(selected.bg.is_some() || !selected.add_modifier.is_empty(), "{name} {depth:?}");
                assert_ne!(theme.style(Role::Bad, depth), theme.style(Role::Ok, depth), "{name} {depth:?}");
                assert_ne!(theme.style(Role::Unknown, depth), theme.style(Role::Ok, depth), "{name} {depth:?}");
            }
        }
    }
}
