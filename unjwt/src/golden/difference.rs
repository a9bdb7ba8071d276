//! The first difference between two JSON values.

use serde_json::Value;

/// A difference and where it is.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    /// Such as `address.lines[0]`.
    path: String,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    /// A member that was not there.
    New,
    /// A member that is no longer there.
    Gone,
    /// A value of another type.
    Type(&'static str, &'static str),
    /// Another value of the same type.
    Value,
}

impl Difference {
    /// Returns what has changed, with the member's name.
    pub(super) fn text(&self) -> String {
        let path = &self.path;
        match self.kind {
            Kind::New => format!("the member `{path}` is new"),
            Kind::Gone => format!("the member `{path}` is gone"),
            Kind::Type(before, now) => format!("`{path}` was {before} and is {now}"),
            Kind::Value => format!("`{path}` has another value"),
        }
    }
}

/// Returns the first difference that another program would meet, or else one of a mere value.
pub(super) fn first(before: &Value, now: &Value) -> Option<Difference> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), before, now, &mut found);
    let is_shape = |difference: &Difference| difference.kind != Kind::Value;
    let place = found.iter().position(is_shape).unwrap_or(0);
    (place < found.len()).then(|| found.swap_remove(place))
}

fn compare(path: &mut Vec<String>, before: &Value, now: &Value, found: &mut Vec<Difference>) {
    let at = |path: &[String], kind| Difference { path: shown(path), kind };
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            for (name, value) in now {
                path.push(name.clone());
                match before.get(name) {
                    Some(before) => compare(path, before, value, found),
                    None => found.push(at(path, Kind::New)),
                }
                path.pop();
            }
            for name in before.keys().filter(|name| !now.contains_key(*name)) {
                path.push(name.clone());
                found.push(at(path, Kind::Gone));
                path.pop();
            }
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
            for (index, (before, now)) in before.iter().zip(now).enumerate() {
                path.push(format!("[{index}]"));
                compare(path, before, now, found);
                path.pop();
            }
        }
        _ if before == now => {}
        _ if type_of(before) == type_of(now) => found.push(at(path, Kind::Value)),
        _ => found.push(at(path, Kind::Type(type_of(before), type_of(now)))),
    }
}

fn shown(path: &[String]) -> String {
    let mut text = String::new();
    for step in path {
        if !text.is_empty() && !step.starts_with('[') {
            text.push('.');
        }
        text.push_str(step);
    }
    text
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(before: Value, now: Value) -> Option<String> {
        first(&before, &now).map(|difference| difference.text())
    }

    #[test]
    fn the_shape_comes_before_a_value() {
        let said = |before, now| text(before, now).unwrap();
        assert_eq!(text(json!({ "a": [1, { "b": null }] }), json!({ "a": [1, { "b": null }] })), None);
        assert_eq!(said(json!({ "a": 1 }), json!({ "a": 2, "b": 1 })), "the member `b` is new");
        assert_eq!(said(json!({ "a": { "b": 1 } }), json!({ "a": {} })), "the member `a.b` is gone");
        assert_eq!(
            said(json!({ "a": [1, 2] }), json!({ "a": [1, "2"] })),
            "`a[1]` was a number and is a string"
        );
        assert_eq!(
            said(json!({ "a": [{ "b": 1 }] }), json!({ "a": [{ "b": 2 }] })),
            "`a[0].b` has another value"
        );
        assert_eq!(said(json!({ "a": [1] }), json!({ "a": [1, 2] })), "`a` has another value");
    }
}
