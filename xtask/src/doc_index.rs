//! The pages of the library's documentation as a reader finds them: from the front page, by links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::Result;

const FRONT: &str = "index.html";
/// Lists every item, whatever the other pages link to.
const LIST: &str = "all.html";
const CLICKS: usize = 2;

/// The pages of a folder of rustdoc's, by their paths within it.
type Pages = BTreeMap<PathBuf, String>;

/// Fails with the pages that are more than two clicks away from the front page.
pub(crate) fn check(folder: &Path) -> Result {
    let mut pages = Pages::new();
    read(folder, Path::new(""), &mut pages)?;
    let far = beyond(&pages, CLICKS);
    if far.is_empty() {
        println!("{} pages, each within {CLICKS} clicks", pages.len());
        return Ok(());
    }
    let far: Vec<_> = far.iter().map(|page| page.display().to_string()).collect();
    Err(format!("more than {CLICKS} clicks away from {FRONT}: {}", far.join(", ")).into())
}

fn read(root: &Path, folder: &Path, pages: &mut Pages) -> Result {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            read(root, &path, pages)?;
        } else if path.extension().is_some_and(|kind| kind == "html") {
            let page = fs::read_to_string(root.join(&path))?;
            if !is_redirection(&page) {
                pages.insert(path, page);
            }
        }
    }
    Ok(())
}

/// Returns whether rustdoc left the page where an item is defined that is re-exported elsewhere.
fn is_redirection(page: &str) -> bool {
    page.contains("<meta http-equiv=\"refresh\"")
}

/// Returns the pages that so many clicks from the front page do not reach.
fn beyond(pages: &Pages, clicks: usize) -> Vec<&Path> {
    let mut reached = BTreeSet::from([PathBuf::from(FRONT)]);
    let mut last = reached.clone();
    for _ in 0..clicks {
        let texts = last.iter().filter(|path| *path != Path::new(LIST)).filter_map(|path| {
            let text = pages.get(path)?;
            Some(links(path, text))
        });
        last = texts.flatten().filter(|path| !reached.contains(path)).collect();
        reached.extend(last.iter().cloned());
    }
    pages.keys().filter(|path| !reached.contains(*path)).map(PathBuf::as_path).collect()
}

/// The pages of the same folder that a page links to.
fn links<'a>(page: &'a Path, text: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let hrefs = text.split("href=\"").skip(1).filter_map(|rest| rest.split(['"', '#', '?']).next());
    let files = hrefs.filter(|href| href.ends_with(".html") && !href.contains("://"));
    files.filter_map(|href| resolved(page, href))
}

/// A link from this page, within the folder.
fn resolved(page: &Path, href: &str) -> Option<PathBuf> {
    let mut path = page.parent()?.to_owned();
    for part in Path::new(href).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            // Nothing is left to remove where the link leaves the folder.
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(of: &[(&str, &str)]) -> Pages {
        of.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
    }

    #[test]
    fn a_page_that_is_three_clicks_away_is_named() {
        let pages = pages(&[
            ("index.html", r#"<a href="keys/index.html#ring">keys</a> <a href="all.html">all</a>"#),
            ("keys/index.html", r#"<a class="struct" href="struct.Ring.html">Ring</a>"#),
            (
                "keys/struct.Ring.html",
                r#"<a href="../hooks/index.html">hooks</a> <a href="../index.html">up</a>"#,
            ),
            ("hooks/index.html", ""),
            ("all.html", r#"<a href="hooks/index.html">hooks</a> <a href="alone.html">alone</a>"#),
            ("alone.html", r#"<a href="index.html">up</a>"#),
        ]);
        let named = |clicks| -> Vec<_> {
            beyond(&pages, clicks).into_iter().map(|page| page.display().to_string()).collect()
        };
        assert_eq!(named(3), ["alone.html"], "the list of everything does not count");
        assert_eq!(named(2), ["alone.html", "hooks/index.html"]);
        assert_eq!(named(1), ["alone.html", "hooks/index.html", "keys/struct.Ring.html"]);
    }

    #[test]
    fn links_lead_to_pages_of_the_folder() {
        let of = |href: &str| {
            let text = format!("<a href=\"{href}\">");
            links(Path::new("keys/struct.Ring.html"), &text).next()
        };
        let inside = |path: &str| Some(PathBuf::from(path));
        assert_eq!(of("../struct.Jwk.html#method.new"), inside("struct.Jwk.html"));
        assert_eq!(of("./enum.State.html?search=x"), inside("keys/enum.State.html"));
        for elsewhere in ["../../unjwt_store/index.html", "https://docs.rs/a.html", "/a.html", "#top", ""] {
            assert_eq!(of(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_stub_of_a_moved_item_is_no_page() {
        assert!(is_redirection("<head><meta http-equiv=\"refresh\" content=\"0;URL=../struct.Jwk.html\">"));
        assert!(!is_redirection("<head><meta charset=\"utf-8\"><p>Redirecting to the login</p>"));
    }
}
