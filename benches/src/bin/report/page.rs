//! The marked sections of a Markdown page.

use std::path::Path;

/// Replaces what stands between `<!-- name -->` and `<!-- /name -->`.
pub(crate) fn replace(path: &Path, sections: &[(&str, &str)]) -> Result<(), String> {
    let failed = |error| format!("{}: {error}", path.display());
    let mut page = std::fs::read_to_string(path).map_err(failed)?;
    for (name, text) in sections {
        page =
            replaced(&page, name, text).ok_or_else(|| format!("{}: no section `{name}`", path.display()))?;
    }
    std::fs::write(path, page).map_err(failed)
}

fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_the_section_is_replaced() {
        let page = "a\n<!-- x -->\nold\n<!-- /x -->\nb";
        assert_eq!(replaced(page, "x", "new").unwrap(), "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb");
        assert_eq!(replaced(page, "y", "new"), None);
    }
}
