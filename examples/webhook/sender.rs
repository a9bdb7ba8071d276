//! The sender for `webhook`: prints the body of a delivery, for curl to send, or the public keys to verify it
//! with.

use serde::{Deserialize, Serialize};
use unjwt::{JwkSet, JwsKey, Session};
use unjwt_examples::{Args, key_file};

/// The sender's own definition of the event. Both sides must agree on the algorithm, the name, the audience
/// and the claims; the lifetime is written into the token.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "EdDSA"),
    name = "order_event",
    max_age = "5m",
    audience = "https://shop.example/webhook",
    cookie = false,
    extract = false
)]
struct OrderEvent {
    order: u64,
    status: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let usage = "webhook-sender --key FILE [--order NUMBER [--for AUDIENCE]]";
    let args = Args::parse(usage, &["--key", "--order", "--for"])?;
    let key = key_file(args.required("--key")?, "EdDSA")?;

    let Some(order) = args.all("--order").last() else {
        // For `webhook --jwks`. Serializing the private key itself would write all of it.
        println!("{}", serde_json::to_string(&JwkSet::from(key).public())?);
        return Ok(());
    };
    let event = OrderEvent { order: order.parse()?, status: "paid".to_owned() };
    let mut config = OrderEvent::config(JwsKey::from_jwk(key)).clock(args.clock());
    // A value of the deployment overrides the attribute's: this sender may have other receivers.
    if let Some(audience) = args.all("--for").last() {
        config = config.audience([audience]);
    }
    let events = config.build()?;
    // Each token has its own id, by which the receiver recognizes a repetition.
    let token = events.sign(&event).await?.token;
    println!("{}", serde_json::json!({ "signedEvent": token.as_str() }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_keeps_its_shape() {
        let event = OrderEvent { order: 17, status: "paid".to_owned() };
        unjwt::golden::check("webhook/golden", [event]);
    }
}
