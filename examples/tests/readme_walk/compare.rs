//! Compares the output of a command with the README, except for values that change in every run: ids, times
//! and dates.

use anyhow::{Result, ensure};

/// How much of an output a README shows.
#[derive(Clone, Copy, PartialEq)]
pub enum Shown {
    /// All of it.
    Whole,
    /// The lines that matter, in their order; `..` stands for any text.
    InPart,
}

/// The outputs of one walk. An id that is repeated on one side must be repeated on the other.
pub struct Walk {
    shown: Shown,
    expected: Mask,
    actual: Mask,
}

impl Walk {
    pub fn new(shown: Shown) -> Self {
        Self { shown, expected: Mask::default(), actual: Mask::default() }
    }

    pub fn compare(&mut self, expected: &str, actual: &str) -> Result<()> {
        let expected = self.expected.lines(expected);
        let actual = self.actual.lines(actual);
        if self.shown == Shown::Whole {
            ensure!(expected == actual, "the README shows\n{expected:#?}\nand this came\n{actual:#?}");
            return Ok(());
        }
        let mut rest = actual.iter();
        for line in &expected {
            ensure!(
                rest.any(|came| stands_for(line, came)),
                "the README shows\n{line}\nand this came\n{actual:#?}"
            );
        }
        Ok(())
    }
}

/// Tells if the shown line, with `..` for any text, matches this one.
fn stands_for(shown: &str, line: &str) -> bool {
    let Some((start, rest)) = shown.split_once("..") else { return shown == line };
    let Some(mut left) = line.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split("..").collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(end)
}

#[derive(Default)]
struct Mask {
    ids: Vec<String>,
    created_at: u64,
}

impl Mask {
    fn lines(&mut self, text: &str) -> Vec<String> {
        let lines = text.trim_end().lines();
        lines.map(|line| self.line(line.trim_end_matches('\r'))).collect()
    }

    /// Replaces ids by their number, and times by the time since the session started.
    fn line(&mut self, line: &str) -> String {
        if line.starts_with("date: ") {
            return "date: (a date)".to_owned();
        }
        let mut masked = String::new();
        let mut rest = line;
        while let Some(next) = rest.chars().next() {
            let (text, length) = self.id(rest).or_else(|| self.time(rest)).unwrap_or_else(|| {
                let length = next.len_utf8();
                (rest.split_at(length).0.to_owned(), length)
            });
            masked += &text;
            rest = rest.split_at(length).1;
        }
        masked
    }

    fn id(&mut self, text: &str) -> Option<(String, usize)> {
        let id = uuid(text).or_else(|| login_id(text))?;
        let number = self.ids.iter().position(|known| known == id).unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        });
        Some((format!("(id {number})"), id.len()))
    }

    fn time(&mut self, text: &str) -> Option<(String, usize)> {
        let name = ["\"now\":", "\"created_at\":", "\"expires_at\":", "\"began\":", "\"renewed\":"];
        let name = name.into_iter().find(|name| text.starts_with(name))?;
        let digits = text.strip_prefix(name)?;
        let digits = digits.split(|char: char| !char.is_ascii_digit()).next()?;
        let time: u64 = digits.parse().ok()?;
        let masked = match name {
            "\"created_at\":" => {
                self.created_at = time;
                "(a time)".to_owned()
            }
            "\"expires_at\":" => match time.checked_sub(self.created_at)? {
                // The lifetimes of a session with a login differ by up to 5 %.
                855..=900 => "(after 15 minutes)".to_owned(),
                seconds => format!("(after {seconds} seconds)"),
            },
            _ => "(a time)".to_owned(),
        };
        Some((format!("{name}{masked}"), name.len() + digits.len()))
    }
}

fn uuid(text: &str) -> Option<&str> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let id = text.get(..36)?;
    let groups: Vec<&str> = id.split('-').collect();
    let is_uuid = groups.iter().map(|group| group.len()).eq(GROUPS)
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_uuid.then_some(id)
}

/// The id of a login, which ends at the quotation mark of JSON.
fn login_id(text: &str) -> Option<&str> {
    let id = text.get(..22)?;
    let is_id = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (is_id && text.get(22..)?.starts_with('"')).then_some(id)
}
