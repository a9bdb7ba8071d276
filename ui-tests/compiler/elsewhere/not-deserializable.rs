use unjwt::Session;

#[derive(Clone, Session)]
#[session(jws, read_only, issued_elsewhere)]
struct Token {
    sub: String,
}

fn main() {}
