//! A page as people see or hear it: contrast, width, and the names of its controls.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::browser::Browser;

/// The lowest contrast of any visible text, with that text (WCAG 2.2, 1.4.3).
const CONTRAST: &str = r"(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = css => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = css;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([r, g, b]) => {
        const [R, G, B] = [r, g, b].map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * R + .7152 * G + .0722 * B;
    };
    const background = element => {
        for (; element; element = element.parentElement) {
            const color = rgba(getComputedStyle(element).backgroundColor);
            if (color[3] === 255) return color;
        }
    };
    let worst = [21, ''];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
        const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(background(element))];
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < worst[0]) worst = [ratio, texts.currentNode.data.trim()];
    }
    return worst;
})()";

/// A phone and a desktop.
const WIDTHS: [u32; 2] = [360, 1280];

/// Text is readable in both colour schemes, and nothing is wider than the window. The window is a desktop's afterwards.
pub async fn assert_legible(browser: &Browser) -> Result<()> {
    for scheme in ["light", "dark"] {
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        browser.devtools("Emulation.setEmulatedMedia", media).await?;
        for width in WIDTHS {
            let screen = json!({ "width": width, "height": 640, "deviceScaleFactor": 1, "mobile": false });
            browser.devtools("Emulation.setDeviceMetricsOverride", screen).await?;
            let worst = browser.js(CONTRAST).await?;
            assert!(worst.get(0).and_then(Value::as_f64).context("a ratio")? >= 4.5, "{scheme}: {worst}");
            let moving = browser.js("document.getAnimations().length").await?;
            assert_eq!(moving, 0, "{scheme}");
            let widths =
                browser.js("[innerWidth, document.documentElement.scrollWidth <= innerWidth]").await?;
            assert_eq!(widths, json!([width, true]), "{scheme}");
        }
    }
    Ok(())
}

/// The role and name of every control and label, as assistive technology sees them.
pub async fn controls(browser: &Browser) -> Result<Vec<String>> {
    let tree = browser.devtools("Accessibility.getFullAXTree", json!({})).await?;
    let nodes = tree.get("nodes").and_then(Value::as_array).context("no nodes")?;
    let lines = nodes.iter().filter(|node| node.get("ignored") == Some(&json!(false))).filter_map(|node| {
        let role = node.pointer("/role/value")?.as_str()?;
        let name = node.pointer("/name/value").and_then(Value::as_str).unwrap_or_default();
        let wanted = ["textbox", "button", "status", "alert"].contains(&role);
        wanted.then(|| format!("{role} {name}").trim().to_owned())
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    Ok(lines)
}
