//! Claims that a setting declares.

use crate::{Place, Refusal, Setting};

/// Checks that a value is not empty: an empty one cannot be told from an absent one.
///
/// # Errors
///
/// It is empty.
pub fn value(setting: Setting<'_>, value: &str, place: Place) -> Result<(), Refusal> {
    if !value.is_empty() {
        return Ok(());
    }
    let fix = format!("leave {} out if tokens carry none", setting.named(place));
    Err(Refusal::new(format!("`{}` has an empty value", setting.key), fix))
}

/// Checks the values of a list; each refusal with the place of its value.
#[must_use]
pub fn values<S: AsRef<str>>(setting: Setting<'_>, values: &[S], place: Place) -> Vec<(usize, Refusal)> {
    let mut refusals = Vec::new();
    for (index, text) in values.iter().map(AsRef::as_ref).enumerate() {
        if let Err(refusal) = value(setting, text, place) {
            refusals.push((index, refusal));
        } else if values.iter().take(index).any(|earlier| earlier.as_ref() == text) {
            let why = format!("`{text}` appears twice in `{}`", setting.key);
            refusals.push((index, Refusal::new(why, "remove one of them")));
        }
    }
    refusals
}

/// Checks that a list is not empty.
///
/// # Errors
///
/// It is empty.
pub fn any<S>(setting: Setting<'_>, values: &[S], place: Place) -> Result<(), Refusal> {
    if !values.is_empty() {
        return Ok(());
    }
    let fix = format!("leave {} out if tokens carry none", setting.named(place));
    Err(Refusal::new(format!("`{}` has no value", setting.key), fix))
}

/// The refusal of a struct's field whose claim a setting writes.
#[must_use]
pub fn declared(claim: &str, setting: Setting<'_>, place: Place) -> Refusal {
    let fix = match place {
        Place::Attribute => format!("remove the field, or remove `{}` from the attribute", setting.key),
        Place::Config => format!("remove the field, or leave {} out", setting.named(place)),
    };
    Refusal::new(format!("the claim `{claim}` is already declared by `{} = ..`", setting.key), fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_repeated_values_are_refused() {
        assert_eq!(value(Setting::ISSUER, "https://id.example", Place::Attribute), Ok(()));
        let refusal = value(Setting::ISSUER, "", Place::Config).expect_err("empty");
        assert_eq!(refusal.why, "`issuer` has an empty value");
        assert_eq!(refusal.fix, "leave `.issuer(..)` out if tokens carry none");

        assert_eq!(values(Setting::AUDIENCE, &["a", "b"], Place::Config), []);
        let refusals = values(Setting::AUDIENCE, &["a", "", "", "a"], Place::Config);
        let at: Vec<_> = refusals.iter().map(|(index, refusal)| (*index, refusal.why.as_str())).collect();
        assert_eq!(
            at,
            [
                (1, "`audience` has an empty value"),
                (2, "`audience` has an empty value"),
                (3, "`a` appears twice in `audience`")
            ]
        );
        assert!(any(Setting::AUDIENCE, &["a"], Place::Config).is_ok());
        assert!(any::<&str>(Setting::AUDIENCE, &[], Place::Config).is_err());
    }
}
