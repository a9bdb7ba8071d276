use unjwt::Session;

#[derive(Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

fn main() {}
