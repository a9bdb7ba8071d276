//! The pages, as text. Everything that a person wrote is escaped.

use axum::response::Html;
use unjwt::{Current, LoginInfo};

use crate::routes::CATALOGUE;
use crate::sessions::{Access, Cart, Login};
use crate::users::Role;

const STYLE: &str = include_str!("style.css");

fn page(title: &str, access: Option<(&str, Role)>, flash: Option<&str>, body: &str) -> Html<String> {
    let who = match access {
        Some((name, role)) => format!(
            "<span>{}</span> <a href=\"/account\">account</a> {} <form method=\"post\" action=\"/logout\"><button>log \
             out</button></form>",
            escaped(name),
            if role == Role::Clerk { "<a href=\"/orders\">orders</a>" } else { "" }
        ),
        None => "<a href=\"/login\">log in</a>".to_owned(),
    };
    let flash = flash.map_or_else(String::new, |text| format!("<p role=\"status\">{}</p>", escaped(text)));
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><header><a \
         href=\"/\">Shop</a><nav>{who}</nav></header><main><h1>{title}</h1>{flash}{body}</main></body></html>"
    ))
}

pub fn home(access: Option<&Access>, cart: &Cart, flash: Option<&str>) -> Html<String> {
    let item = |(name, price): &(&str, u32)| {
        let button = format!("<button aria-label=\"add {name}\">add</button>");
        let add = format!("<form method=\"post\" action=\"/cart/{name}\">{button}</form>");
        format!("<li><span>{name}</span><span>{price} €</span>{add}</li>")
    };
    let catalogue: String = CATALOGUE.iter().map(item).collect();
    let rows: String =
        cart.items.iter().map(|(name, count)| format!("<li>{count} × {}</li>", escaped(name))).collect();
    let order = if cart.items.is_empty() {
        "<p>Nothing yet.</p>".to_owned()
    } else {
        format!("<ul>{rows}</ul><form method=\"post\" action=\"/order\"><button>order</button></form>")
    };
    let who = access.map(|access| (access.name.as_str(), access.role));
    page("Shop", who, flash, &format!("<ul>{catalogue}</ul><h2>Your cart</h2>{order}"))
}

pub fn login(flash: Option<&str>) -> Html<String> {
    let form = |action: &str, button: &str, autocomplete: &str| {
        format!(
            "<form class=\"card\" method=\"post\" action=\"{action}\"><label>Name <input name=\"name\" required \
             autocomplete=\"username\"></label><label>Password <input name=\"password\" type=\"password\" required \
             autocomplete=\"{autocomplete}\"></label><button>{button}</button></form>"
        )
    };
    let forms = form("/login", "log in", "current-password") + &form("/register", "register", "new-password");
    page("Log in, or register", None, flash, &forms)
}

pub fn account(login: &Current<Login>, devices: &[LoginInfo], flash: Option<&str>) -> Html<String> {
    let device = |one: &LoginInfo| {
        let label = escaped(&one.label);
        let end = if one.id == login.login_id() {
            "<span>this device</span>".to_owned()
        } else {
            format!(
                "<form method=\"post\" action=\"/account/devices/{}\"><button aria-label=\"end \
                 {label}\">end</button></form>",
                one.id
            )
        };
        format!("<li><span>{label}</span>{end}</li>")
    };
    let devices: String = devices.iter().map(device).collect();
    let body = format!(
        "<h2>Your devices</h2><ul>{devices}</ul><h2>A new password</h2><form class=\"card\" method=\"post\" \
         action=\"/account/password\"><label>Password <input name=\"password\" type=\"password\" required minlength=\"8\" \
         autocomplete=\"new-password\"></label><button>change</button></form><p>If you logged in more than five minutes \
         ago, you are asked to log in again first.</p>"
    );
    page("Your account", Some((&login.data.name, login.data.role)), flash, &body)
}

pub fn orders(access: &Access, orders: &[(String, String, u32)]) -> Html<String> {
    let row = |(name, item, count): &(String, String, u32)| {
        format!("<li>{}: {count} × {}</li>", escaped(name), escaped(item))
    };
    let rows: String = orders.iter().map(row).collect();
    page("Orders", Some((&access.name, access.role)), None, &format!("<ul>{rows}</ul>"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
