//! Where to go after the sign-in: a path of this service, whatever a link asks for.

use url::Url;

/// Longer paths go to the home page: the path is kept in a cookie.
const MAX_LEN: usize = 1_000;

/// The path and query to redirect to, or `/` for anything that would leave this service.
///
/// Browsers have rules of their own for what is a host: they take `\` for `/`, and skip tabs and line breaks. So this
/// parses as they do (the URL standard), and returns what was parsed and not what was given.
pub fn path(asked: &str) -> String {
    parsed(asked).unwrap_or_else(|| "/".to_owned())
}

fn parsed(asked: &str) -> Option<String> {
    let here = Url::parse("https://here.invalid/").ok()?;
    if asked.len() > MAX_LEN || !asked.starts_with('/') {
        return None;
    }
    let url = here.join(asked).ok()?;
    // `/.//evil.example` has the path `//evil.example`, which is a host to whoever resolves it again.
    let is_path = url.origin() == here.origin() && !url.path().starts_with("//");
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    (is_path && path.len() <= MAX_LEN).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_service_is_kept() {
        for asked in ["/", "/account", "/a/b?c=d&e=%2F", "/?next=//evil.example", "/a//b"] {
            assert_eq!(path(asked), asked);
        }
        assert_eq!(path("/a#b"), "/a", "a fragment is the browser's");
        assert_eq!(path("/ü"), "/%C3%BC", "a header is ASCII");
    }

    #[test]
    fn what_leaves_this_service_goes_home() {
        let outside = [
            "",
            "account",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            "/\n/evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "javascript:alert(1)",
            "//here.invalid@evil.example",
            "/\r\nset-cookie: a=b",
        ];
        for asked in outside {
            let to = path(asked);
            assert!(to == "/" || to.starts_with("/set-cookie:"), "{asked:?} goes to {to}");
        }
        assert_eq!(path(&format!("/{}", "a".repeat(MAX_LEN))), "/");
    }
}
