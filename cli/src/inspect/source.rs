//! Finds the tokens in what was pasted: a token, or header lines with some.

use std::collections::{HashMap, HashSet};

use super::token::Token;

/// The most tokens that are shown.
pub(super) const MOST_TOKENS: usize = 64;
/// The most sets of chunks of one name, which cookies of several paths make.
const MOST_SETS: usize = 4;
/// The beginning of a cookie's value whose token is in chunks; their number follows.
const CHUNK_MARKER: &str = "__chunked__";

/// Where a token was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Bare,
    Header(String),
    /// The cookie's name, and the number of its chunks.
    Cookie(String, usize),
}

/// A text that should be a token, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) token: Result<String, String>,
}

/// The tokens that were found in a text.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tokens: Vec<Source>,
    /// Cookies that have no token.
    pub(super) others: usize,
    /// `true` if there were too many tokens.
    pub(super) more: bool,
}

impl Found {
    fn push(&mut self, origin: Origin, token: Result<String, String>) {
        let source = Source { origin, token };
        if self.tokens.len() >= MOST_TOKENS {
            self.more = true;
        } else if !self.tokens.contains(&source) {
            self.tokens.push(source);
        }
    }
}

/// Finds the tokens of a text, each once.
pub(super) fn find(text: &str) -> Found {
    let mut found = Found::default();
    let mut cookies = Vec::new();
    for line in text.lines() {
        // `curl -v` marks the lines of a request and a response.
        let line = line.trim().trim_start_matches(['>', '<']).trim();
        if line.is_empty() {
            continue;
        }
        let field = line.split_once(':').filter(|(name, _)| is_field_name(name));
        match field {
            Some((name, value)) if name.eq_ignore_ascii_case("cookie") => cookies.extend(pairs(value)),
            Some((name, value)) if name.eq_ignore_ascii_case("set-cookie") => {
                cookies.extend(pairs(value).take(1))
            }
            Some((name, value)) => {
                let token = credentials(value);
                // Other fields of a pasted request have no token.
                if Token::is_like(token) || name.eq_ignore_ascii_case("authorization") {
                    found.push(Origin::Header(name.to_ascii_lowercase()), Ok(token.to_owned()));
                }
            }
            None if line.contains('=') => cookies.extend(pairs(line)),
            None => found.push(Origin::Bare, Ok(credentials(line).to_owned())),
        }
    }
    in_cookies(&cookies, &mut found);
    found
}

/// Field names are tokens of RFC 9110; of a JWT's characters none is a colon.
fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Returns the part after `Bearer`, or the value itself.
fn credentials(value: &str) -> &str {
    let value = value.trim();
    match value.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => value,
    }
}

/// Returns the cookies of a line.
fn pairs(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        Some((name.trim(), unquoted.unwrap_or(value)))
    })
}

fn in_cookies(cookies: &[(&str, &str)], found: &mut Found) {
    let mut values: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, value) in cookies {
        values.entry(name).or_default().push(value);
    }
    let mut marked = HashSet::new();
    for (name, value) in cookies {
        if let Some(count) = value.strip_prefix(CHUNK_MARKER).and_then(count) {
            if marked.insert((*name, count)) {
                chunks(name, 1, count, &values, found);
            }
        } else if Token::is_like(value) {
            found.push(Origin::Cookie((*name).to_owned(), 0), Ok((*value).to_owned()));
        }
    }
    let marked: HashSet<_> = marked.into_iter().map(|(name, _)| name).collect();
    let mut unmarked = HashSet::new();
    for (name, value) in cookies {
        let chunk = name.rsplit_once('.').filter(|(_, number)| *number == "0" || count(number).is_some());
        match chunk {
            Some((main, _)) if marked.contains(main) => {}
            Some((main, _)) => {
                if unmarked.insert(main) {
                    without_marker(main, &values, found);
                }
            }
            None if value.starts_with(CHUNK_MARKER) || Token::is_like(value) => {}
            None => found.others += 1,
        }
    }
}

/// Returns a positive number of at most three digits.
fn count(digits: &str) -> Option<usize> {
    let is_canonical = (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if is_canonical { digits.parse().ok() } else { None }
}

/// Joins the chunks of a cookie, whose n-th values belong together where there are several.
fn chunks(name: &str, first: usize, count: usize, values: &HashMap<&str, Vec<&str>>, found: &mut Found) {
    let origin = Origin::Cookie(name.to_owned(), count);
    let mut sets = Vec::with_capacity(count);
    for number in first..first + count {
        match values.get(format!("{name}.{number}").as_str()) {
            Some(set) => sets.push(set),
            None => {
                let missing =
                    format!("its chunk {number} of {count} is missing: a cookie was lost or not pasted");
                return found.push(origin, Err(missing));
            }
        }
    }
    let deepest = sets.iter().map(|set| set.len()).max().unwrap_or(0).min(MOST_SETS);
    for level in 0..deepest {
        if found.more {
            return;
        }
        let token = sets.iter().filter_map(|set| set.get(level).or(set.last())).copied().collect();
        found.push(origin.clone(), Ok(token));
    }
}

/// Joins chunks without their main cookie, whose numbers begin with 0 or 1, if they are a token.
fn without_marker(name: &str, values: &HashMap<&str, Vec<&str>>, found: &mut Found) {
    let has = |number: usize| values.contains_key(format!("{name}.{number}").as_str());
    let first = usize::from(!has(0));
    let count = (first..1000).take_while(|number| has(*number)).count();
    let mut joined = Found::default();
    chunks(name, first, count, values, &mut joined);
    let is_like = |source: &Source| source.token.as_deref().is_ok_and(Token::is_like);
    if joined.tokens.iter().any(is_like) {
        joined.tokens.into_iter().filter(is_like).for_each(|source| found.push(source.origin, source.token));
    } else {
        found.others += count.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // {"alg":"HS256"}
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln";

    fn found(text: &str) -> Vec<(Origin, Result<String, String>)> {
        find(text).tokens.into_iter().map(|source| (source.origin, source.token)).collect()
    }

    fn cookie(name: &str, chunks: usize) -> Origin {
        Origin::Cookie(name.into(), chunks)
    }

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        let token = Ok(TOKEN.to_owned());
        for (text, origin) in [
            (format!(" {TOKEN}\n"), Origin::Bare),
            (format!("Bearer {TOKEN}"), Origin::Bare),
            (format!("authorization: bearer  {TOKEN}\r\n"), Origin::Header("authorization".into())),
            (format!("X-sid-session: {TOKEN}"), Origin::Header("x-sid-session".into())),
            (format!("Cookie: theme=dark; __Host-sid={TOKEN}"), cookie("__Host-sid", 0)),
            (format!("> cookie:sid = \"{TOKEN}\" ;"), cookie("sid", 0)),
            (format!("< Set-Cookie: sid={TOKEN}; Path=/; HttpOnly"), cookie("sid", 0)),
            (format!("a=b; sid={TOKEN}"), cookie("sid", 0)),
            (
                format!("GET / HTTP/1.1\nHost: localhost:3000\nAccept: */*\nCookie: sid={TOKEN}"),
                cookie("sid", 0),
            ),
        ] {
            let found = found(&text);
            assert!(found.contains(&(origin.clone(), token.clone())), "{text}: {found:?}");
        }
    }

    #[test]
    fn chunks_are_joined() {
        let (one, rest) = TOKEN.split_at(9);
        let (two, three) = rest.split_at(9);
        let joined = [(cookie("__Host-a.b", 3), Ok(TOKEN.to_owned()))];
        let line = format!(
            "Cookie: __Host-a.b.3={three}; __Host-a.b=__chunked__3; __Host-a.b.1={one}; __Host-a.b.2={two}"
        );
        assert_eq!(found(&line), joined);
        let set = format!(
            "Set-Cookie: __Host-a.b=__chunked__3; Path=/\nSet-Cookie: __Host-a.b.1={one}; Path=/\n\
             Set-Cookie: __Host-a.b.2={two}\nSet-Cookie: __Host-a.b.3={three}"
        );
        assert_eq!(found(&set), joined);
        for first in [0, 1] {
            let line = format!("a.{}={one}; a.{}={two}; a.{}={three}", first, first + 1, first + 2);
            assert_eq!(found(&line), [(cookie("a", 3), Ok(TOKEN.to_owned()))]);
        }
        let missing = found(&format!("a=__chunked__3; a.1={one}; a.3={three}"));
        assert!(matches!(&missing[..], [(_, Err(reason))] if reason.contains("chunk 2 of 3")), "{missing:?}");
    }

    #[test]
    fn chunks_of_several_paths_are_kept_apart() {
        let line = "a=__chunked__2; a=__chunked__2; a.1=x; a.1=X; a.2=y; a.2=Y";
        let tokens: Vec<_> = found(line).into_iter().map(|(_, token)| token.unwrap()).collect();
        assert_eq!(tokens, ["xy", "XY"]);
    }

    #[test]
    fn sessions_of_one_line_are_all_found_and_other_cookies_are_not() {
        let text = format!("Cookie: a={TOKEN}; theme=dark; b={TOKEN}x; a={TOKEN}; n.1=x; version=1.2.3");
        let names: Vec<_> = find(&text).tokens.into_iter().map(|source| source.origin).collect();
        assert_eq!(names, [cookie("a", 0), cookie("b", 0)]);
        assert_eq!(find(&text).others, 3);
    }

    #[test]
    fn no_number_of_tokens_or_chunks_is_too_much() {
        let many: String = (0..1000).map(|nth| format!("a{nth}={TOKEN}; ")).collect();
        let found = find(&many);
        assert!(found.more && found.tokens.len() == MOST_TOKENS);
        let chunks: String =
            (1..1000).map(|nth| format!("a=__chunked__{nth}; a.{nth}={}; ", "x".repeat(900))).collect();
        assert!(find(&chunks).more);
        assert!(find(&"a=__chunked__1000; ".repeat(1000)).tokens.is_empty());
    }
}
