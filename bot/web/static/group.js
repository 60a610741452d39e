// The simulated group: who I am, which chat is open, what has happened, what I do.
import { avatar, element, messageElement, systemLine, timeLine } from "./render.js";

const GAP = 5 * 60 * 1000; // a time line stands before a message after so long a silence
const PATIENCE = 12 * 1000; // how long 正在输入 is shown without an answer
const PRIVATE = "private";
const $ = (id) => document.getElementById(id);
const state = { bot: "", contacts: new Map(), rooms: new Map(), events: [], me: "", chat: "", unread: new Map(), quote: null, waiting: 0, asked: 0 };
const drafts = new Map();

async function post(path, body) {
  const isForm = body instanceof FormData;
  const options = { method: "POST", body: isForm ? body : JSON.stringify(body) };
  if (!isForm) options.headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch(`/api/${path}`, options);
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(data.error || "没有成功，请再试一次。");
    return data.done;
  } catch (error) {
    toast(error instanceof TypeError ? "连不上机器人，它还在运行吗？" : error.message);
    throw error;
  }
}

let toastTimer = 0;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 4000);
}

// ---- what belongs to the open chat

function isShown(event, me = state.me, chat = state.chat) {
  if (event.type === "room") return event.room === chat && event.text;
  if (chat !== PRIVATE) return event.room === chat;
  const pair = [event.talker.id, event.listener];
  return !event.room && pair.includes(me) && pair.includes(state.bot);
}

function view() {
  const room = state.rooms.get(state.chat);
  const people = room ? room.members : [...state.contacts.values()];
  return {
    me: state.me, botId: state.bot, ownerId: room?.owner, names: [...people.map((one) => one.name), "所有人"],
    onQuote: quote, onRecall: recall, onMention: mention,
  };
}

let lastAt = 0;
function append(event, isFresh) {
  const log = $("log");
  log.querySelector(".empty")?.remove();
  const at = Date.parse(event.at);
  if (at - lastAt > GAP) log.append(timeLine(event.at));
  lastAt = at;
  let line;
  if (event.type === "message" && !event.recalled) line = messageElement(event, view());
  else if (event.type === "room") line = systemLine(event.text);
  else if (event.type === "recall") line = systemLine(`${event.talker.id === state.me ? "您" : event.talker.name} 撤回了一条消息`);
  else return;
  if (isFresh) line.classList.add("fresh");
  log.append(line);
}

function drawLog() {
  lastAt = 0;
  $("log").replaceChildren();
  const shown = state.events.filter((event) => isShown(event));
  for (const event of shown) append(event, false);
  if (!shown.length) {
    const text = state.chat === PRIVATE ? "和小知私聊：查「我的」、订单、会员都在这里。" : "还没有人说话，试试下面的句子。";
    $("log").append(element("p", "empty", text));
  }
  $("log").scrollTop = $("log").scrollHeight;
}

// ---- side and head

function drawPeople() {
  const room = currentRoom();
  const inRoom = room ? room.members.filter((one) => one.id !== state.bot) : [];
  $("people").replaceChildren(...inRoom.map((person) => {
    const isMe = person.id === state.me;
    const made = element("button", "pick");
    made.type = "button";
    made.setAttribute("role", "radio");
    made.setAttribute("aria-checked", String(isMe));
    made.tabIndex = isMe ? 0 : -1;
    made.dataset.name = person.name;
    made.append(avatar(person, state.bot), element("span", "label", person.name));
    if (room.owner === person.id) made.append(element("span", "tag owner", "群主"));
    made.addEventListener("click", () => become(person.id));
    return made;
  }));
}

function drawChats() {
  const entries = [...state.rooms.values()].filter((room) => room.members.some((one) => one.id === state.me))
    .map((room) => ({ key: room.id, name: room.topic, face: { id: room.id, name: room.topic } }));
  const bot = state.contacts.get(state.bot);
  entries.push({ key: PRIVATE, name: `${bot.name}（私聊）`, face: bot });
  $("chats").replaceChildren(...entries.map((entry) => {
    const made = element("button", "pick");
    made.type = "button";
    made.dataset.chat = entry.key === PRIVATE ? PRIVATE : "room";
    if (entry.key === state.chat) made.setAttribute("aria-current", "true");
    made.append(avatar(entry.face, state.bot), element("span", "label", entry.name));
    const count = state.unread.get(`${state.me}/${entry.key}`) || 0;
    if (count) made.append(element("span", "badge", String(count)));
    made.addEventListener("click", () => open(entry.key));
    return made;
  }));
}

function drawHead() {
  const room = state.rooms.get(state.chat);
  const bot = state.contacts.get(state.bot);
  const me = state.contacts.get(state.me);
  $("title").textContent = room ? room.topic : bot.name;
  $("subtitle").textContent = room ? `${room.members.length} 人` : "私聊，只有您和机器人看得到";
  $("leave").hidden = !room;
  $("notice").hidden = !room?.notice;
  $("notice-text").textContent = room?.notice || "";
  $("mention").textContent = `@${bot.name}`;
  $("mention").hidden = !room;
  $("as").textContent = me ? `以 ${me.name} 的身份发送` : "";
}

function currentRoom() {
  return state.rooms.get(state.chat) || [...state.rooms.values()].find((room) => room.members.some((one) => one.id === state.me))
    || [...state.rooms.values()][0];
}

function draw() {
  drawPeople();
  drawChats();
  drawHead();
  drawLog();
  drawTyping();
}

function become(id) {
  keepDraft();
  state.me = id;
  state.asked = 0;
  sessionStorage.setItem("me", id);
  if (state.chat !== PRIVATE && !state.rooms.get(state.chat)?.members.some((one) => one.id === id)) state.chat = PRIVATE;
  seen();
  draw();
  restoreDraft();
  document.querySelector('#people [aria-checked="true"]')?.focus({ preventScroll: true });
}

function open(chat) {
  keepDraft();
  state.chat = chat;
  state.asked = 0;
  seen();
  draw();
  restoreDraft();
  $("text").focus();
}

function seen() {
  state.unread.delete(`${state.me}/${state.chat}`);
  unquote();
}

function keepDraft() {
  drafts.set(`${state.me}/${state.chat}`, $("text").value);
}

function restoreDraft() {
  $("text").value = drafts.get(`${state.me}/${state.chat}`) || "";
}

// ---- acts

function place() {
  return { as: state.me, room: state.chat === PRIVATE ? "" : state.chat };
}

async function say(text) {
  await post("say", { ...place(), text, quote: state.quote?.id });
  unquote();
}

function quote(message) {
  state.quote = message;
  $("quoting-text").textContent = `引用 ${message.talker.name}：${message.text}`;
  $("quoting").hidden = false;
  $("text").focus();
}

function unquote() {
  state.quote = null;
  $("quoting").hidden = true;
}

function recall(message) {
  post("recall", { as: state.me, message: message.id }).catch(() => {});
}

function mention(name) {
  const text = $("text");
  text.setRangeText(`@${name} `, text.selectionStart, text.selectionEnd, "end");
  text.focus();
}

// ---- what happens

function take(event) {
  if (event.contacts) state.contacts = new Map(event.contacts.map((one) => [one.id, one]));
  if (event.fresh) state.rooms.set(event.fresh.id, event.fresh);
  if (event.type === "recall") {
    const old = state.events.find((one) => one.id === event.message);
    if (old) old.recalled = true;
    document.querySelector(`[data-id="${CSS.escape(event.message)}"]`)?.remove();
  }
  state.events.push(event);
  if (event.type === "message") noteMessage(event);
  if (event.fresh) {
    drawPeople();
    drawHead();
  }
  drawChats();
  if (!isShown(event)) return;
  const log = $("log");
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  append(event, true);
  if (isAtEnd || event.talker?.id === state.me) log.scrollTop = log.scrollHeight;
}

function noteMessage(event) {
  const bot = state.contacts.get(state.bot);
  if (event.talker.id === state.bot) state.asked = 0;
  else if (isShown(event) && (!event.room || event.text.includes(`@${bot.name}`))) state.asked = Date.now();
  drawTyping();
  const chat = event.room || PRIVATE;
  const readers = event.room ? [state.me] : [event.listener];
  for (const reader of readers) {
    if (event.talker.id === reader || (chat === state.chat && reader === state.me)) continue;
    const key = `${reader}/${chat}`;
    state.unread.set(key, (state.unread.get(key) || 0) + 1);
  }
}

function drawTyping() {
  const isTyping = state.waiting > 0 || Date.now() - state.asked < PATIENCE;
  const typing = $("typing");
  if (!isTyping) return typing.replaceChildren();
  const dots = element("span", "dots");
  dots.setAttribute("aria-hidden", "true");
  dots.append(element("i"), element("i"), element("i"));
  const name = state.contacts.get(state.bot).name;
  const more = state.waiting > 1 ? `，还有 ${state.waiting} 条在排队（为了账号安全，发得慢一些）` : "";
  typing.replaceChildren(dots, element("span", "", `${name} 正在输入${more}`));
}

function listen(after) {
  const stream = new EventSource(`/api/events?after=${after}`);
  let next = after;
  stream.addEventListener("happened", (message) => {
    const event = JSON.parse(message.data);
    if (event.number < next) return;
    next = event.number + 1;
    take(event);
  });
  stream.addEventListener("waiting", (message) => {
    state.waiting = JSON.parse(message.data).count;
    drawTyping();
  });
  stream.addEventListener("open", () => document.querySelector(".offline")?.remove());
  stream.addEventListener("error", () => {
    if (document.querySelector(".offline")) return;
    const line = element("div", "offline", "与机器人的连接断开了，正在重连…");
    line.setAttribute("role", "status");
    document.querySelector(".head").after(line);
  });
}

// ---- the controls

$("composer").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  await say(text).catch(() => ($("text").value = text));
  $("text").focus();
});
$("text").addEventListener("keydown", (key) => {
  if (key.key !== "Enter" || key.shiftKey || key.isComposing || key.keyCode === 229) return;
  key.preventDefault();
  $("composer").requestSubmit();
});
$("people").addEventListener("keydown", (key) => {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[key.key];
  if (!step) return;
  key.preventDefault();
  const all = [...$("people").children];
  const at = all.findIndex((one) => one.getAttribute("aria-checked") === "true");
  all[(at + step + all.length) % all.length]?.click();
});
$("mention").addEventListener("click", () => mention(state.contacts.get(state.bot).name));
$("unquote").addEventListener("click", unquote);
$("leave").addEventListener("click", () => post("leave", place()).then(() => become(currentRoom().members.find((one) => one.id !== state.bot).id)).catch(() => {}));
$("invite").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const room = currentRoom();
  const id = await post("join", { as: state.me, room: room.id, name: $("newcomer").value }).catch(() => "");
  if (id) $("newcomer").value = "";
});
$("file").addEventListener("change", async () => {
  const form = new FormData();
  for (const [name, value] of Object.entries(place())) form.append(name, value);
  form.append("file", $("file").files[0]);
  $("file").value = "";
  await post("upload", form).catch(() => {});
});

async function begin() {
  const data = await (await fetch("/api/state")).json();
  state.bot = data.bot;
  state.contacts = new Map(data.contacts.map((one) => [one.id, one]));
  state.rooms = new Map(data.rooms.map((room) => [room.id, room]));
  state.events = data.events;
  const first = data.rooms[0];
  state.chat = first.id;
  const people = first.members.filter((one) => one.id !== data.bot);
  const kept = sessionStorage.getItem("me");
  state.me = (people.find((one) => one.id === kept) || people.find((one) => one.id !== first.owner) || people[0]).id;
  $("hints").replaceChildren(...data.hints.map((hint) => {
    const made = element("button", "", hint);
    made.type = "button";
    made.addEventListener("click", () => say(hint).catch(() => {}));
    return made;
  }));
  draw();
  listen(data.next);
  setInterval(drawTyping, 1000);
}

begin().catch(() => toast("页面没能打开，请刷新再试。"));
