//! The files of cookies in `../shared/vectors`, as visits of a browser and as what browsers send.

use serde_json::Value;
use unjwt_tests::told;

use super::agent::{Agent, Api, Url};
use super::interop::folder;
use super::set_cookie::{SameSite, SetCookie};

/// The lines that a server sends, and the cookies that the browser holds afterwards.
pub struct Visit {
    pub name: String,
    pub lines: Vec<String>,
    now: i64,
    api: Api,
    set_at: Url,
    read_at: Url,
    read_by: Api,
    pub expected: Expected,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// The text of the `Cookie` header, or of `document.cookie`.
    Header(String),
    /// The named cookies; those without a name are not compared (RFC 6265 §5.2 ignores them, RFC 6265bis does
    /// not).
    Named(Vec<(String, String)>),
    /// `true` if a cookie is stored at all.
    Stored(bool),
}

impl Visit {
    /// Returns the result of the model browser.
    pub fn observed(&self) -> Expected {
        let mut agent = Agent::at(self.now);
        for line in &self.lines {
            agent.receive(&self.set_at, line, self.api);
        }
        match &self.expected {
            Expected::Header(_) => Expected::Header(agent.header(&self.read_at, self.read_by)),
            Expected::Stored(_) => Expected::Stored(!agent.cookies.is_empty()),
            Expected::Named(_) => Expected::Named(
                agent
                    .cookies_for(&self.read_at, self.read_by)
                    .into_iter()
                    .filter(|stored| !stored.cookie.name.is_empty())
                    .map(|stored| (stored.cookie.name.clone(), stored.cookie.value.clone()))
                    .collect(),
            ),
        }
    }

    /// Returns the reason why browsers that follow today's rules may differ from the case.
    pub fn recorded_otherwise(&self) -> Option<&'static str> {
        let bare_none = |line: &String| {
            SetCookie::parse(line)
                .is_some_and(|cookie| cookie.same_site == Some(SameSite::None) && !cookie.secure)
        };
        if self.name.starts_with("DISABLED_") || self.name.starts_with("OPTIONAL_") {
            Some("optional, or not run by its authors: the browsers of that day disagreed")
        } else if self.lines.iter().any(bare_none) {
            Some("`SameSite=None` without `Secure`: kept in 2021, refused by RFC 6265bis §5.7 step 19")
        } else if self.set_at.host != self.read_at.host {
            Some("sent on to another host: the record writes one name for several hosts of the original")
        } else {
            None
        }
    }

    /// The `Cookie` header that the file says, if there is one.
    pub fn sent(&self) -> Option<String> {
        let text = match &self.expected {
            Expected::Header(text) => text.clone(),
            Expected::Named(pairs) => {
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
            }
            Expected::Stored(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }
}

/// The document of that name, if the folder has it.
pub fn document(file: &str) -> Option<Value> {
    let path = folder()?.join(file);
    let Ok(bytes) = std::fs::read(&path) else {
        told!("{file}: not in the folder");
        return None;
    };
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn cases(file: &str) -> Vec<Value> {
    document(file).and_then(|document| document["cases"].as_array().cloned()).unwrap_or_default()
}

/// The cases of `Expires`: a text, and the same moment as our own servers write it.
pub fn dates() -> Vec<(String, Option<String>)> {
    cases("cookies_http_state_dates.json")
        .into_iter()
        .map(|case| (text(&case["test"]), case["expected"].as_str().map(str::to_owned)))
        .collect()
}

/// Each file's visits.
pub fn visits() -> Vec<(&'static str, Vec<Visit>)> {
    let http_state = cases("cookies_http_state_parser.json").iter().map(http_state).collect();
    let wpt = |file| cases(file).iter().map(self::wpt).collect();
    vec![
        ("cookies_http_state_parser.json", http_state),
        ("cookies_wpt.json", wpt("cookies_wpt.json")),
        ("cookies_wpt_current_additions.json", wpt("cookies_wpt_current_additions.json")),
    ]
}

/// 2011-01-01, when the file was written: a date of 2019 lies ahead in it.
const HTTP_STATE_NOW: i64 = 1_293_840_000;
/// 2021-09-15, the snapshot's.
const WPT_NOW: i64 = 1_631_664_000;

fn http_state(case: &Value) -> Visit {
    let name = text(&case["test"]);
    let set_at = Url::new("http://home.example.org/cookie-parser");
    let read_at = match case["sent-to"].as_str() {
        Some(reference) => set_at.join(reference),
        None => set_at.join("/cookie-parser-result"),
    };
    let pairs = case["sent"].as_array().into_iter().flatten();
    Visit {
        lines: texts(&case["received"]),
        now: HTTP_STATE_NOW,
        api: Api::Http,
        set_at,
        read_at,
        read_by: Api::Http,
        expected: Expected::Named(
            pairs.map(|cookie| (text(&cookie["name"]), text(&cookie["value"]))).collect(),
        ),
        name,
    }
}

fn wpt(case: &Value) -> Visit {
    let scheme = if case["secure_origin"] == true { "https" } else { "http" };
    let page = Url::new(&format!("{scheme}://wpt.test/{}", text(&case["file"])));
    let api = text(&case["api"]);
    let (set_at, read_at) = match api.as_str() {
        // The child page of these tests is on a subdomain and is redirected to the location.
        "http-redirect" => {
            let child = Url::new("http://www.wpt.test/cookies/resources/cookie.py");
            let location = child.join(&text(&case["location"]));
            (child, location)
        }
        "dom" | "dom-prefix" => (page.clone(), page),
        _ if case["document_path"].is_string() => {
            let document = page.join(&text(&case["document_path"]));
            (document.clone(), document)
        }
        _ if case["default_path"] == false => (page.join("/cookies/resources/cookie.py"), page),
        _ => (page.join("/cookies/resources/cookie.py"), page.join("/cookies/resources/echo-cookie.html")),
    };
    let expected = match case["stored"].as_bool() {
        Some(stored) => Expected::Stored(stored),
        None => Expected::Header(text(&case["expected_cookie"])),
    };
    Visit {
        name: text(&case["name"]),
        lines: texts(&case["set_cookie"]),
        now: WPT_NOW,
        api: if api.starts_with("dom") { Api::Script } else { Api::Http },
        set_at,
        read_at,
        // The tests read `document.cookie`.
        read_by: Api::Script,
        expected,
    }
}

/// One call of jshttp/cookie with its arguments and its result.
pub struct Call {
    pub function: String,
    pub name: String,
    pub arguments: Vec<Value>,
    /// None where it throws.
    pub answer: Option<Value>,
}

impl Call {
    /// Returns whether the outcome depends on a function passed by the case, or on a value that JSON cannot
    /// represent.
    pub fn is_about_javascript(&self) -> bool {
        self.arguments.iter().any(|argument| argument.to_string().contains("{\"$"))
    }
}

pub fn calls() -> Vec<Call> {
    cases("cookies_jshttp.json")
        .into_iter()
        .map(|case| Call {
            function: text(&case["fn"]),
            name: text(&case["path"]),
            arguments: case["args"].as_array().cloned().unwrap_or_default(),
            answer: (case["kind"] != "throws").then(|| case["expected"].clone()),
        })
        .collect()
}

/// Returns every header that browsers send according to these files, and the raw lines of servers, which a
/// hostile client may send.
pub fn request_headers() -> Vec<String> {
    let mut headers = Vec::new();
    for (_, visits) in visits() {
        for visit in visits {
            headers.extend(visit.sent());
            headers.extend(visit.lines);
        }
    }
    for call in calls() {
        match (call.function.as_str(), &call.answer) {
            ("parseCookie" | "parseSetCookie", _) => {
                headers.extend(call.arguments[0].as_str().map(str::to_owned))
            }
            (_, Some(Value::String(written))) => headers.push(written.clone()),
            _ => {}
        }
    }
    headers.sort();
    headers.dedup();
    headers
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(texts) => texts.iter().map(text).collect(),
        _ => Vec::new(),
    }
}
