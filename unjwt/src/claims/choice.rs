//! `rm`: a lifetime that was chosen at a login, kept by the tokens that renew it.

use std::time::Duration;

/// The lifetime that a write chose within that of the attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Seconds.
    pub(crate) max_age: Option<u64>,
    /// The cookie ends with the browser, before the token does.
    pub(crate) browser_session: bool,
}

const BROWSER: &str = "browser";

impl Choice {
    pub(crate) fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age: Some(max_age.as_secs()), ..self }
    }

    /// This choice, where it says something, over an older one.
    pub(crate) fn over(self, old: Self) -> Self {
        Self {
            max_age: self.max_age.or(old.max_age),
            browser_session: self.browser_session || old.browser_session,
        }
    }

    /// The claim; none for the attribute's own lifetime.
    pub(crate) fn to_claim(self) -> Option<String> {
        match (self.max_age, self.browser_session) {
            (None, false) => None,
            (Some(max_age), false) => Some(max_age.to_string()),
            (None, true) => Some(BROWSER.to_owned()),
            (Some(max_age), true) => Some(format!("{max_age} {BROWSER}")),
        }
    }

    /// Reads the claim; none if nothing here wrote it.
    pub(crate) fn parse(claim: &str) -> Option<Self> {
        let seconds =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        let (max_age, browser_session) = match claim.split_once(' ') {
            Some((max_age, BROWSER)) => (Some(seconds(max_age)?), true),
            Some(_) => return None,
            None if claim == BROWSER => (None, true),
            None => (Some(seconds(claim)?), false),
        };
        Some(Self { max_age, browser_session })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_read_as_it_was_written() {
        for max_age in [None, Some(0), Some(3600), Some(u64::MAX)] {
            for browser_session in [false, true] {
                let choice = Choice { max_age, browser_session };
                let read = choice.to_claim().map(|claim| Choice::parse(&claim));
                assert_eq!(read, (choice != Choice::default()).then_some(Some(choice)));
            }
        }
        for other in ["", " ", "-1", "+1", "1 ", " browser", "1  browser", "Browser", "1 browser ", "1.5"] {
            assert_eq!(Choice::parse(other), None, "{other:?}");
        }
    }
}
