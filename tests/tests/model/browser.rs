//! A browser's misbehaviour with the cookies that it sends.

use proptest::sample::Index;

use super::script::Mischief;

type Cookies = Vec<(String, String)>;

/// `older`: what an older jar would send.
pub fn misbehave(cookies: &mut Cookies, mischief: &Mischief, older: impl Fn(&Index) -> Option<Cookies>) {
    let len = cookies.len();
    match mischief {
        Mischief::SendOlder(index) => {
            if let Some(older) = older(index) {
                *cookies = older;
            }
        }
        Mischief::AddOlder(index, before) => {
            let at = if *before { 0 } else { len };
            cookies.splice(at..at, older(index).unwrap_or_default());
        }
        _ if len == 0 => {}
        Mischief::Drop(at) => {
            cookies.remove(at.index(len));
        }
        Mischief::Duplicate(at) => cookies.push(cookies[at.index(len)].clone()),
        Mischief::Swap(a, b) => cookies.swap(a.index(len), b.index(len)),
        Mischief::Truncate(at, keep) => {
            let value = &mut cookies[at.index(len)].1;
            value.truncate(value.len() * keep / 100);
        }
        Mischief::Move(from, to) => {
            let (from_name, to_name) = (from.facts().name, to.facts().name);
            let own = cookies.iter().filter(|(name, _)| from.owns(name));
            let moved: Cookies =
                own.map(|(name, value)| (name.replacen(from_name, to_name, 1), value.clone())).collect();
            cookies.retain(|(name, _)| !to.owns(name));
            cookies.extend(moved);
        }
    }
}
