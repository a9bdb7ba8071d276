//! `absolute` and `revocable`: how long a login lasts, and how it ends before that.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Type;
use syn::ext::IdentExt;

use crate::errors::Errors;
use crate::model::{Field, Model, argument_of, last_segment};
use crate::parse::SessionAttr;
use crate::parse::max_logins::MaxLogins;
use crate::parse::outage::Outage;
use crate::suggest;

/// The number of fields that `by(..)` may name, as in the runtime crate's `login/epochs.rs`.
const MOST_FIELDS: usize = 4;

/// The default of `recheck`, in seconds.
const RECHECK: u64 = 10;

/// The name of the epoch of everyone beside those of groups, as in the runtime crate's `login/epochs.rs`.
const EVERYONE: &str = "*";

/// `revocable`, sound.
pub(crate) struct Revocable {
    pub(crate) recheck: u64,
    pub(crate) serve: Option<u64>,
    /// The members of the payload in `by(..)`.
    pub(crate) groups: Vec<String>,
    pub(crate) max_logins: Option<MaxLogins>,
}

/// Checks both settings; returns what `revocable` says, if it is there.
pub(super) fn check(model: &Model<'_>, attr: &SessionAttr, errors: &mut Errors) -> Option<Revocable> {
    check_absolute(attr, errors);
    let key = attr.revocable.key()?;
    let settings = &attr.revocable.settings;
    if attr.max_age.key().is_none() {
        errors.push(
            key,
            "`revocable` needs `max_age`: the store remembers the end of a login until its last token has expired\nhelp: add `max_age`, the lifetime of a token, like `max_age = \"7D\"`",
        );
    }
    check_durations(attr, errors);
    let groups = settings.by.get().map(|names| groups(model, names, errors)).unwrap_or_default();
    check_limit(attr, errors);
    let serve = match settings.outage.get() {
        Some((Outage::Serve(seconds), _)) => Some(*seconds),
        _ => None,
    };
    Some(Revocable {
        recheck: settings.recheck.get().map_or(RECHECK, |(seconds, _)| *seconds),
        serve,
        groups,
        max_logins: settings.max_logins.get().copied(),
    })
}

fn check_absolute(attr: &SessionAttr, errors: &mut Errors) {
    let Some((absolute, literal)) = attr.absolute.get() else { return };
    if *absolute == 0 {
        errors.push(literal, "a login with `absolute` 0 has ended by the time it begins\nhelp: leave `absolute` out for a login that can be renewed without end");
        return;
    }
    if attr.max_age.key().is_none() {
        errors.push(attr.absolute.key(), "`absolute` needs `max_age`: it limits how long tokens that expire can be renewed\nhelp: add `max_age`, the lifetime of one token, like `max_age = \"7D\"`");
        return;
    }
    if attr.max_age.get().is_some_and(|(max_age, _)| *max_age > 0 && absolute < max_age) {
        errors.push(literal, "`absolute` is shorter than `max_age`: no token could live as long as `max_age` says\nhelp: shorten `max_age`, the lifetime of one token; `absolute` is that of the login with all its renewals");
    }
}

fn check_durations(attr: &SessionAttr, errors: &mut Errors) {
    let settings = &attr.revocable.settings;
    let max_age = attr.max_age.get().map(|(seconds, _)| *seconds).filter(|seconds| *seconds > 0);
    let recheck = settings.recheck.get();
    if let (Some((recheck, literal)), Some(max_age)) = (recheck, max_age)
        && *recheck >= max_age
    {
        errors.push(literal, "`recheck` is not shorter than `max_age`: a token would expire before its login is checked again\nhelp: write how long the end of a login may go unnoticed, like `recheck = \"10s\"`, or 0 to ask the store in each request");
        return;
    }
    let Some((Outage::Serve(serve), literal)) = settings.outage.get() else { return };
    let recheck = recheck.map_or(RECHECK, |(seconds, _)| *seconds);
    if max_age.is_some_and(|max_age| *serve > max_age) {
        errors.push(literal, "`serve` is longer than `max_age`: no token lives that long\nhelp: write at most the duration of `max_age`");
    } else if *serve <= recheck && !settings.recheck.is_broken() {
        errors.push(literal, format!("`serve` has no effect if it is not longer than `recheck`, which is {recheck} s here: within that time the store is not asked\nhelp: write a longer duration, like `outage = \"serve(15m)\"`, or `outage = \"refuse\"`"));
    }
}

fn check_limit(attr: &SessionAttr, errors: &mut Errors) {
    let settings = &attr.revocable.settings;
    let Some(key) = settings.max_logins.key() else { return };
    if attr.read_only.key().is_some() {
        errors.push(key, "`max_logins` has no effect in a `read_only` session, which begins no login\nhelp: remove it; the service that writes the session needs it");
    } else if settings.by.key().is_none() {
        errors.push(key, "`max_logins` needs `by(..)`: nothing says whose logins are counted\nhelp: name the field that holds the user before it: `by(user)`");
    }
}

/// The members of the payload that the names stand for.
fn groups(model: &Model<'_>, names: &[Ident], errors: &mut Errors) -> Vec<String> {
    let mut groups = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        let word = name.unraw().to_string();
        if seen.contains(&word) {
            errors.push(name, format!("`{word}` appears twice in `by`\nhelp: remove one of them"));
            continue;
        }
        seen.push(word);
        if seen.len() == MOST_FIELDS + 1 {
            errors.push(name, format!("`by` takes at most {MOST_FIELDS} fields: each of them is one more record to look up\nhelp: keep those by which logins are ended together"));
            continue;
        }
        match field(model, name) {
            None => errors.push(name, unknown(model, name)),
            Some(field) => match refusal(model, field) {
                Some(message) => errors.push(name, message),
                None => groups.push(wire_name(model, field)),
            },
        }
    }
    groups
}

/// The field of this name.
pub(crate) fn field<'m, 'a>(model: &'m Model<'a>, name: &Ident) -> Option<&'m Field<'a>> {
    model.fields.iter().find(|field| field.ident.unraw() == name.unraw())
}

fn wire_name(model: &Model<'_>, field: &Field<'_>) -> String {
    field.serde.wire_names(field.ident, &model.serde).write.name
}

fn unknown(model: &Model<'_>, name: &Ident) -> String {
    let word = name.unraw().to_string();
    let ty = &model.input.ident;
    let names: Vec<String> = model.fields.iter().map(|field| field.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let renamed = model.fields.iter().find(|field| field.is_claim() && wire_name(model, field) == word);
    let help = match (renamed, suggest::nearest(&word, &names)) {
        (Some(field), _) => {
            format!("`{word}` is its name in the token; write the field's: `{}`", field.ident)
        }
        (None, Some(meant)) => format!("did you mean `{meant}`?"),
        (None, None) if names.is_empty() => format!("add a field `{word}`, or remove it from `by`"),
        (None, None) if names.len() == 1 => format!("its only field is {}", suggest::list(&names)),
        (None, None) => format!("the fields are {}", suggest::list(&names)),
    };
    format!("`{ty}` has no field `{word}`\nhelp: {help}")
}

/// Returns the reason why the field's value is unfit to tell logins apart.
fn refusal(model: &Model<'_>, field: &Field<'_>) -> Option<String> {
    let name = field.ident;
    let serde = &field.serde;
    if serde.flatten.is_present() {
        return Some(format!(
            "`{name}` is flattened: it is several claims, and `by` needs one value\nhelp: name a field that holds the value itself, like a user's id"
        ));
    }
    let leaves_out = [&serde.skip, &serde.skip_serializing, &serde.skip_deserializing]
        .into_iter()
        .any(|flag| flag.is_present());
    if leaves_out {
        return Some(format!(
            "`{name}` is not in the token, or not read from it, since serde skips it: a request could not tell whose login it is\nhelp: remove the `skip` from the field, or the field from `by`"
        ));
    }
    if wire_name(model, field) == EVERYONE {
        return Some(format!(
            "`{name}` is called `{EVERYONE}` in the token, which stands for all logins of the session\nhelp: rename it to another name"
        ));
    }
    let several = several(&field.field.ty)?;
    let shown =
        field.field.ty.to_token_stream().to_string().replace(' ', "").replace(',', ", ").replace(';', "; ");
    Some(format!(
        "`{name}` is a `{shown}`: {several}\nhelp: name a field that holds one value, like a user's id"
    ))
}

/// Returns the reason why a type is not one value that can be compared, as far as its name tells.
fn several(ty: &Type) -> Option<&'static str> {
    const SEVERAL: &str = "`by` needs one value, by which all logins of a user are found";
    match ty {
        Type::Group(group) => several(&group.elem),
        Type::Paren(paren) => several(&paren.elem),
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            Some("every login has the same value, so it tells none of them apart")
        }
        Type::Tuple(_) | Type::Array(_) | Type::Slice(_) => Some(SEVERAL),
        Type::Reference(reference) => several(&reference.elem),
        _ => {
            let inner = ["Option", "Box", "Arc", "Rc"].into_iter().find_map(|outer| argument_of(ty, outer));
            if let Some(inner) = inner {
                return several(inner);
            }
            match last_segment(ty)?.ident.to_string().as_str() {
                "f32" | "f64" => Some("numbers with fractions are rounded, so that equal ones may differ"),
                "PhantomData" => Some("every login has the same value, so it tells none of them apart"),
                "Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "HashMap" | "BTreeMap" | "HashSet"
                | "BTreeSet" | "IndexMap" | "IndexSet" | "SmallVec" | "ArrayVec" => Some(SEVERAL),
                _ => None,
            }
        }
    }
}
