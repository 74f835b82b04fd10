"use strict";

const PAGES = {
  "/verify-email": {
    title: "Confirm your e-mail address",
    intro: "One click, and you can log in.",
    button: "Confirm",
    path: "/api/v2/auth/session/verify-email",
  },
  "/confirm-email": {
    title: "Confirm your new e-mail address",
    intro: "From then on you log in with it.",
    button: "Confirm",
    path: "/api/v2/user/confirm-email-change",
  },
  "/reset-password": {
    title: "Choose a new password",
    intro: "You are logged out everywhere when you have chosen it.",
    button: "Set password",
    path: "/api/v2/auth/session/password-reset/complete",
    choosesPassword: true,
  },
  "/accept-invitation": {
    title: "Welcome",
    intro: "Choose the password that you will log in with.",
    button: "Join",
    path: "/api/v2/auth/session/password-reset/complete",
    choosesPassword: true,
  },
};

const page = PAGES[location.pathname.replace(/\/$/, "")];
const token = new URLSearchParams(location.search).get("token");
const element = (id) => document.getElementById(id);
// Out of the address bar, the history and what is copied from them.
history.replaceState(null, "", location.pathname);

function say(sentence, kind) {
  element("outcome").textContent = sentence;
  element("outcome").className = kind;
}

function begin() {
  document.title = `${page.title} · Aionvision`;
  element("title").textContent = page.title;
  element("intro").textContent = page.intro;
  if (!token) {
    say("This address is not complete: open the link of the letter again.", "bad");
    return;
  }
  element("button").textContent = page.button;
  element("fields").hidden = !page.choosesPassword;
  element("form").hidden = false;
  element("form").addEventListener("submit", send);
}

async function send(event) {
  event.preventDefault();
  const password = element("password").value;
  if (page.choosesPassword && password !== element("again").value) {
    say("The two passwords differ.", "bad");
    return;
  }
  element("button").disabled = true;
  say("", "");
  try {
    const answer = await fetch(page.path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(page.choosesPassword ? { token, new_password: password } : { token }),
    });
    const body = await answer.json();
    if (answer.ok) {
      element("form").hidden = true;
      say(body.message, "good");
    } else {
      say(body.error.message, "bad");
    }
  } catch {
    say("The server did not answer: try again.", "bad");
  } finally {
    element("button").disabled = false;
  }
}

begin();
