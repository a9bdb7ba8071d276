//! The six kinds of session, as the model knows them.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    User,
    Cart,
    Page,
    Access,
    Refresh,
    Vault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    Read,
    Update,
    Clear,
    Expire,
    Error,
    Renew,
}

/// The model's facts about a kind of session, stated independently of the attributes.
pub struct Facts {
    pub name: &'static str,
    pub max_age: Option<u64>,
    pub tolerance: u64,
    pub path: &'static str,
    pub http_only: bool,
    pub cookie_max_age: Option<u64>,
    pub chunk_length: usize,
    pub max_chunks: usize,
    /// `extend = "rotate"`
    pub update_keeps_times: bool,
    pub hooks: &'static [Hook],
}

const PLAIN: Facts = Facts {
    name: "",
    max_age: None,
    tolerance: 0,
    path: "/",
    http_only: true,
    cookie_max_age: None,
    chunk_length: 4000,
    max_chunks: 3,
    update_keeps_times: false,
    hooks: &[],
};

impl Kind {
    pub const ALL: [Self; 6] = [Self::User, Self::Cart, Self::Page, Self::Access, Self::Refresh, Self::Vault];

    pub fn is_signed(self) -> bool {
        matches!(self, Self::Cart | Self::Access)
    }

    pub fn facts(self) -> &'static Facts {
        const USER: Facts = Facts { name: "user", max_age: Some(3600), ..PLAIN };
        const CART: Facts = Facts { name: "cart", http_only: false, ..PLAIN };
        const PAGE: Facts = Facts {
            name: "page",
            max_age: Some(1800),
            tolerance: 5,
            path: "/app",
            cookie_max_age: Some(86_400),
            chunk_length: 600,
            max_chunks: 8,
            update_keeps_times: true,
            ..PLAIN
        };
        const ACCESS: Facts = Facts {
            name: "access",
            max_age: Some(300),
            http_only: false,
            cookie_max_age: Some(3600),
            hooks: &[Hook::Read, Hook::Update, Hook::Clear, Hook::Expire, Hook::Error, Hook::Renew],
            ..PLAIN
        };
        const REFRESH: Facts = Facts {
            name: "refresh",
            max_age: Some(86_400),
            cookie_max_age: Some(604_800),
            hooks: &[Hook::Read, Hook::Update, Hook::Expire],
            ..PLAIN
        };
        const VAULT: Facts = Facts { name: "vault", max_age: Some(3600), ..PLAIN };
        match self {
            Self::User => &USER,
            Self::Cart => &CART,
            Self::Page => &PAGE,
            Self::Access => &ACCESS,
            Self::Refresh => &REFRESH,
            Self::Vault => &VAULT,
        }
    }

    pub fn has(self, hook: Hook) -> bool {
        self.facts().hooks.contains(&hook)
    }

    /// The number of the kind's chunk cookie of this name.
    pub fn chunk(self, cookie: &str) -> Option<usize> {
        cookie.strip_prefix(self.facts().name)?.strip_prefix('.')?.parse().ok()
    }

    pub fn owns(self, cookie: &str) -> bool {
        cookie == self.facts().name || self.chunk(cookie).is_some()
    }
}
