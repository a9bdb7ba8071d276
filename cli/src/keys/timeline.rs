//! Who writes from when to when.

use unjwt::NumericDate;
use unjwt::keys::{RingKey, RingKeys};

/// A time in which one key writes, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'r> {
    pub(super) from: NumericDate,
    /// The first second that is not part of it; `None` if it never ends.
    pub(super) until: Option<NumericDate>,
    pub(super) writer: Option<&'r RingKey>,
}

/// Returns the spans from this time on, of which there is at least one.
pub(super) fn spans(ring: &RingKeys, from: NumericDate) -> Vec<Span<'_>> {
    let times = ring.keys().iter().flat_map(|key| [key.activates_at(), key.retires_at()]).flatten();
    let mut times: Vec<_> = times.filter(|at| *at > from).collect();
    times.sort_unstable();
    let mut spans = vec![Span { from, until: None, writer: ring.writer(from) }];
    for at in times {
        let writer = ring.writer(at);
        if let Some(last) = spans.last_mut()
            && last.writer.map(RingKey::kid) != writer.map(RingKey::kid)
        {
            last.until = Some(at);
            spans.push(Span { from: at, until: None, writer });
        }
    }
    spans
}

/// Returns the time at which this key seals its last token; `None` if it never does, or never stops.
pub(super) fn writes_until(ring: &RingKeys, key: &RingKey) -> Option<NumericDate> {
    let spans = spans(ring, NumericDate::from_secs(0));
    let own = |span: &&Span<'_>| span.writer.is_some_and(|writer| writer.kid() == key.kid());
    spans.iter().rfind(own).and_then(|span| span.until)
}

#[cfg(test)]
mod tests {
    use unjwt::Jwk;

    use super::*;

    #[test]
    fn spans_follow_each_other() {
        let at = NumericDate::from_secs;
        let key = |kid: &str| RingKey::new(Jwk::generate("HS256").unwrap().with_kid(kid));
        let ring = RingKeys::new([
            key("a").retire_at(at(50)),
            key("b").activate_at(at(20)).retire_at(at(30)),
            key("c").activate_at(at(60)).retire_at(at(70)),
        ])
        .unwrap();
        let spans: Vec<_> = spans(&ring, at(5))
            .iter()
            .map(|span| {
                (span.from.as_secs(), span.until.map(NumericDate::as_secs), span.writer.map(RingKey::kid))
            })
            .collect();
        let expected = [
            (5, Some(20), Some("a")),
            (20, Some(30), Some("b")),
            (30, Some(50), Some("a")),
            (50, Some(60), None),
            (60, Some(70), Some("c")),
            (70, None, None),
        ];
        assert_eq!(spans, expected);
        let until: Vec<_> = ring.keys().iter().map(|key| writes_until(&ring, key)).collect();
        assert_eq!(until, [Some(at(50)), Some(at(30)), Some(at(70))]);
    }
}
