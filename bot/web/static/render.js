// Turns what happened into elements. Text is only ever set as text, never as markup.

const COLOURS = 8;
const LINK = /https?:\/\/[^\s\u2005<>"'，。；：！？、）】」]+/g;

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export function colourOf(id, botId) {
  if (id === botId) return "cbot";
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return `c${sum % COLOURS}`;
}

export function avatar(person, botId, tag = "span") {
  const characters = [...person.name];
  const initials = /^[\x20-\x7e]+$/.test(person.name) ? characters.slice(0, 2).join("") : characters.at(-1);
  const made = element(tag, `avatar ${colourOf(person.id, botId)}`, initials);
  if (tag === "span") made.setAttribute("aria-hidden", "true");
  return made;
}

export function clock(at) {
  const when = new Date(at);
  const time = when.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  const isToday = when.toDateString() === new Date().toDateString();
  return isToday ? time : `${when.getMonth() + 1}月${when.getDate()}日 ${time}`;
}

function richText(text, names) {
  const made = document.createDocumentFragment();
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`@(?:${escaped.join("|") || "(?!)"})(?=[\\s\\u2005]|$)|${LINK.source}`, "g");
  let last = 0;
  for (const found of text.matchAll(pattern)) {
    made.append(text.slice(last, found.index));
    if (found[0].startsWith("@")) {
      made.append(element("span", "mention", found[0]));
    } else {
      const link = element("a", "", found[0]);
      link.href = found[0];
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      made.append(link);
    }
    last = found.index + found[0].length;
  }
  made.append(text.slice(last));
  return made;
}

function bubble(message, names) {
  const made = element("div", "bubble");
  if (message.file) {
    const address = `/api/files/${encodeURIComponent(message.id)}`;
    const link = element("a");
    link.href = address;
    link.target = "_blank";
    if (message.file.isImage) {
      made.classList.add("picture");
      const image = element("img");
      image.src = address;
      image.alt = `图片 ${message.file.name}`;
      link.append(image);
    } else {
      link.download = message.file.name;
      link.textContent = `📄 ${message.file.name}（${size(message.file.size)}）`;
    }
    made.append(link);
  } else {
    made.append(richText(message.text, names));
  }
  return made;
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

// `view` says how the message looks to the person at the page: {me, botId, ownerId, names, onQuote, onRecall, onMention}.
export function messageElement(message, view) {
  const isOwn = message.talker.id === view.me;
  const made = element("article", `message${isOwn ? " own" : ""}`);
  made.dataset.id = message.id;
  const face = avatar(message.talker, view.botId, "button");
  face.type = "button";
  face.title = `@${message.talker.name}`;
  face.setAttribute("aria-label", `提到 ${message.talker.name}`);
  face.addEventListener("click", () => view.onMention(message.talker.name));
  const body = element("div", "body");
  const by = element("div", "by", message.talker.name);
  if (message.talker.id === view.botId) by.append(element("span", "tag", "机器人"));
  if (message.talker.id === view.ownerId) by.append(element("span", "tag owner", "群主"));
  body.append(by, bubble(message, view.names));
  if (message.quote) body.append(element("div", "quote", `${message.quote.name}：${message.quote.text}`));
  const actions = element("div", "actions");
  actions.append(actionButton("引用", () => view.onQuote(message)));
  if (isOwn) actions.append(actionButton("撤回", () => view.onRecall(message)));
  body.append(actions);
  body.addEventListener("click", () => made.classList.toggle("touched"));
  made.append(face, body);
  return made;
}

function actionButton(label, onClick) {
  const made = element("button", "", label);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

export function systemLine(text) {
  return element("p", "system", text);
}

export function timeLine(at) {
  return element("p", "when", clock(at));
}
