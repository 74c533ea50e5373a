import { onMounted, onWillUnmount, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";

/** How long ago, as a clock shows it: 3:05, 1:02:09. */
export function formatElapsed(start, now) {
    const seconds = Math.max(0, Math.floor((now - start) / 1000));
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
    const hours = Math.floor(seconds / 3600);
    if (hours) {
        parts.unshift(hours);
    }
    return parts
        .map((part, index) => (index ? String(part).padStart(2, "0") : part))
        .join(":");
}

/** `{ now }` in milliseconds, that goes on every second. */
export function useClock() {
    const clock = useState({ now: Date.now() });
    let interval = null;
    onMounted(() => {
        interval = browser.setInterval(() => (clock.now = Date.now()), 1000);
    });
    onWillUnmount(() => browser.clearInterval(interval));
    return clock;
}
