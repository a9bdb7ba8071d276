//! The claim `rm`: a lifetime that was chosen at a login and that later tokens of the session keep.

use std::time::Duration;

/// The lifetime that a write chose, bounded by that of the attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The chosen lifetime in seconds.
    pub(crate) max_age: Option<u64>,
    /// `true` if the cookie ends with the browser session, before the token expires.
    pub(crate) browser_session: bool,
}

const BROWSER: &str = "browser";

impl Choice {
    pub(crate) fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age: Some(max_age.as_secs()), ..self }
    }

    /// Returns this choice, with the values of the older one for those that it leaves open.
    pub(crate) fn over(self, old: Self) -> Self {
        Self {
            max_age: self.max_age.or(old.max_age),
            browser_session: self.browser_session || old.browser_session,
        }
    }

    /// Returns the claim, or `None` for the attribute's own lifetime.
    pub(crate) fn to_claim(self) -> Option<String> {
        match (self.max_age, self.browser_session) {
            (None, false) => None,
            (Some(max_age), false) => Some(max_age.to_string()),
            (None, true) => Some(BROWSER.to_owned()),
            (Some(max_age), true) => Some(format!("{max_age} {BROWSER}")),
        }
    }

    /// Parses the claim. Returns `None` if it does not have the format that [`to_claim`](Self::to_claim)
    /// writes.
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
