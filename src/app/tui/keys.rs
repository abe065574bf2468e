//! What keys mean. Knows neither runs nor the screen.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The keys, in a line of 80 columns.
pub const HELP: &str = "[s]trategy [w]orkers q[u]eue [o]verflow ←→↑↓ slow space pause [r]ecord ? [q]uit";
/// The rest of the keys, in another line.
pub const MORE_HELP: &str = "? shows all keys; capitals go back; ← → choose a filter, ↑ ↓ slow it down";
/// The same for a lesson, which has steps.
pub const STEPS_HELP: &str = "[n]ext step; ? shows all keys; capitals go back; ← → choose a filter";
/// All keys, and what each does.
pub const KEYS: &[(&str, &str)] = &[
    ("s  S", "the next strategy, the one before"),
    ("w  W", "one worker more, one less (+ and - too)"),
    ("u  U", "room for one frame more, one less in each queue"),
    ("o", "what a full queue does: block, drop-newest, drop-oldest"),
    ("←  →", "choose a filter"),
    ("↑  ↓", "make it 50 % slower, faster again"),
    ("n", "the next step of a lesson"),
    ("space", "pause the source, go on"),
    ("r", "record into a file, stop recording"),
    ("?", "show these keys, hide them"),
    ("q  Esc", "quit; Ctrl+C twice quits without waiting for frames"),
    ("", ""),
    ("│", "in a graph: settings were changed here"),
    ("›", "before a filter: it is the one that is chosen"),
];

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Strategy(Step),
    Workers(Step),
    Queue(Step),
    Overflow,
    Filter(Step),
    Slow(Step),
    Pause,
    Record,
    NextStep,
    Keys,
    Quit,
    Interrupt,
}

/// The direction of a change: one more or one less, the next or the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Forth,
    Back,
}

/// What this key asks for, if it means anything.
pub fn action(key: KeyEvent) -> Option<Action> {
    use Step::{Back, Forth};
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Action::Interrupt);
    }
    Some(match key.code {
        KeyCode::Char('s') => Action::Strategy(Forth),
        KeyCode::Char('S') => Action::Strategy(Back),
        KeyCode::Char('w' | '+') => Action::Workers(Forth),
        KeyCode::Char('W' | '-') => Action::Workers(Back),
        KeyCode::Char('u' | 'd') => Action::Queue(Forth),
        KeyCode::Char('U' | 'D') => Action::Queue(Back),
        KeyCode::Char('o') => Action::Overflow,
        KeyCode::Right => Action::Filter(Forth),
        KeyCode::Left => Action::Filter(Back),
        KeyCode::Up => Action::Slow(Forth),
        KeyCode::Down => Action::Slow(Back),
        KeyCode::Char(' ') => Action::Pause,
        KeyCode::Char('r') => Action::Record,
        KeyCode::Char('n') => Action::NextStep,
        KeyCode::Char('?') => Action::Keys,
        KeyCode::Char('q') | KeyCode::Esc => Action::Quit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_actions_and_others_are_ignored() {
        let key = |code, modifiers| action(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('W'), KeyModifiers::SHIFT), Some(Action::Workers(Step::Back)));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Interrupt));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::CONTROL), None);
        assert_eq!(key(KeyCode::Char('x'), KeyModifiers::NONE), None);
        assert_eq!(key(KeyCode::Char('?'), KeyModifiers::SHIFT), Some(Action::Keys));
        assert!([HELP, MORE_HELP, STEPS_HELP].iter().all(|line| line.chars().count() < 80));
        assert!(KEYS.iter().all(|(key, does)| key.chars().count() < 9 && does.chars().count() < 64) && KEYS.len() < 20);
    }
}
