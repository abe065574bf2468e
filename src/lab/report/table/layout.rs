//! What every text for a terminal has in common: how wide it may be, wrapped sentences, and commands that can be pasted.

use unicode_width::UnicodeWidthStr;

/// How many columns a text for a terminal may have; 80 where there is no terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width(usize);

/// Sentences of more columns are hard to read.
const WIDEST_SENTENCE: usize = 100;
/// What there is in a terminal of fewer columns would not be understood any more.
const NARROWEST: usize = 40;
/// Holds words together, and is shown as a blank.
const TIE: char = '\u{a0}';

impl Default for Width {
    fn default() -> Self {
        Self(80)
    }
}

impl Width {
    /// That of a terminal with so many columns.
    pub fn of(columns: usize) -> Self {
        Self(columns.max(NARROWEST))
    }

    /// Columns that are written to: all but the last, so that no terminal begins a new line.
    pub(crate) fn room(self) -> usize {
        self.0 - 1
    }

    /// That beside an indent.
    pub(crate) fn beside(self, indent: usize) -> Self {
        Self(self.0.saturating_sub(indent))
    }

    /// Text in lines that fit beside an indent.
    pub(crate) fn wrapped(self, text: &str, indent: usize) -> String {
        // A number stays with its sign.
        let text = text.replace(" %", &format!("{TIE}%"));
        let room = self.room().min(WIDEST_SENTENCE) - indent;
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line) if line.width() + 1 + word.width() <= room => *line += &format!(" {word}"),
                _ => lines.extend(pieces(word, room)),
            }
        }
        lines.iter().map(|line| format!("{}{}\n", " ".repeat(indent), line.replace(TIE, " "))).collect()
    }

    /// A sentence in lines that fit.
    pub fn sentence(self, text: &str) -> String {
        self.wrapped(text, 0)
    }

    /// A word in the margin, and text beside it.
    pub fn entry(self, head: &str, text: &str, indent: usize) -> String {
        // A head that is too long takes some of the room of the first line.
        let (margin, over) = (indent.saturating_sub(head.width()), (head.width() + 1).saturating_sub(indent));
        let text = self.wrapped(&(TIE.to_string().repeat(over) + text), indent);
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let gap = if over > 0 { " ".to_owned() } else { " ".repeat(margin) };
        format!("{head}{gap}{}\n{rest}", first.trim_start())
    }

    /// Facts with dots between them, as many in a line as fit.
    pub(crate) fn flowing(self, facts: &[String]) -> String {
        // Within a fact no line ends, unless it is longer than a line.
        let tied = |fact: &String| match fact.width() + 2 < self.room().min(WIDEST_SENTENCE) {
            true => fact.replace(' ', &TIE.to_string()),
            false => fact.clone(),
        };
        let facts: Vec<_> = facts.iter().filter(|fact| !fact.is_empty()).map(tied).collect();
        self.wrapped(&facts.join(&format!("{TIE}· ")), 0).replace(" ·\n", "\n")
    }

    /// A command in lines that fit and that a shell takes as one.
    pub fn command(self, text: &str) -> String {
        const GOES_ON: &str = " \\";
        let room = self.room() - GOES_ON.len();
        let mut lines: Vec<String> = Vec::new();
        for word in options_with_values(text) {
            match lines.last_mut() {
                Some(line) if line.width() + 1 + word.width() <= room => *line += &format!(" {word}"),
                _ => lines.push(word),
            }
        }
        lines.iter().map(|line| unquoted_pieces(line, room).join("\\\n")).collect::<Vec<_>>().join(" \\\n") + "\n"
    }
}

/// A word in pieces that fit.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let piece = pieces.last_mut().filter(|piece| format!("{piece}{c}").width() <= room || piece.is_empty());
        match piece {
            Some(piece) => piece.push(c),
            None => pieces.push(c.into()),
        }
    }
    pieces
}

/// The words of a command, each option with its value. What stands in quotes is one word.
fn options_with_values(command: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in command.chars() {
        if c == ' ' && !quoted && !escaped {
            words.push(String::new());
            continue;
        }
        let word = words.last_mut().map_or("", |word| word);
        // Within '...' a backslash is one, within $'...' it is not.
        let is_escape = c == '\\' && !escaped && (!quoted || word.contains("$'"));
        quoted ^= c == '\'' && !escaped;
        escaped = is_escape;
        words.last_mut().into_iter().for_each(|word| word.push(c));
    }
    let mut tied: Vec<String> = Vec::new();
    for word in words {
        match tied.last_mut() {
            Some(last) if last.starts_with('-') && !last.contains(' ') && !word.starts_with('-') => {
                *last += &format!(" {word}");
            }
            _ => tied.push(word),
        }
    }
    tied
}

/// A line of a command in pieces that fit; a shell joins them where a backslash ends a line. What is quoted stays whole.
fn unquoted_pieces(line: &str, room: usize) -> Vec<String> {
    if line.width() <= room || line.contains(['\'', ' ']) { vec![line.to_owned()] } else { pieces(line, room) }
}

/// Text of no more columns; the end of a longer one is left out.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let first = pieces(text, columns - 1).swap_remove(0);
    format!("{}…", first.trim_end())
}

/// Text of no more columns; the middle is left out of a longer one, for what tells names apart is often their end.
pub(crate) fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let (mut start, mut end) = (String::new(), String::new());
    let (mut first, mut last) = (text.chars(), text.chars().rev());
    while let (Some(a), Some(z)) = (first.next(), last.next()) {
        if format!("{start}{a}…{end}").width() > columns {
            break;
        }
        start.push(a);
        if format!("{start}…{z}{end}").width() > columns {
            break;
        }
        end.insert(0, z);
    }
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widest(text: &str) -> usize {
        text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        let text = format!("{} 夏休みの長い長い思い出 97 % {}", "a few words ".repeat(20), "x".repeat(200));
        for columns in [40, 80, 100, 120, 300] {
            let width = Width::of(columns);
            let lines =
                [width.wrapped(&text, 12), width.flowing(&[text.clone(), "short".into()]), width.entry("a", &text, 9)];
            assert!(lines.iter().all(|lines| widest(lines) < columns), "{columns}: {lines:?}");
            assert!(!lines[0].contains("\n            %"), "{lines:?}");
        }
    }

    #[test]
    fn a_command_in_several_lines_is_the_same_to_a_shell() {
        let long = "x".repeat(150);
        for command in [
            "printf %s\\n framerace run clip.mp4 -f grayscale,blur=ksize=5:sigma=1.5,edges=low=50:high=150 -s threads -w 2 -o out.mp4",
            &format!("printf %s\\n {long} -f a"),
            "printf %s\\n 'a name -w 3 with spaces and '\\''quotes'\\'' that goes on and on to the end.mp4' -f grayscale,edges -w 2",
        ] {
            let broken = Width::default().command(command);
            assert!(broken.lines().count() > 1, "{broken}");
            let said =
                |script: &str| std::process::Command::new("bash").args(["-c", script]).output().expect("bash").stdout;
            assert_eq!(said(&broken), said(command), "{broken}");
        }
        assert_eq!(Width::default().command("framerace run a -s threads"), "framerace run a -s threads\n");
    }
}
