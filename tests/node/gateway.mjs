// A puppet service around a mock puppet that records what it is told and says what it is told to say.
//
//   node gateway.mjs PORT TOKEN [tls]
//
// Commands come in as JSON lines on stdin: {"n": 1, "do": "say", ...}; answers {"n": 1, "ok": ...} and records
// {"call": "messageSendText", "args": [...]} go out as JSON lines on stdout. It ends when stdin closes.
//
// package.json overrides wechaty-puppet-wechat4u, which nothing here starts, with the mock: it would bring a compiler of
// 11 MB for each platform, not all of which can be locked.

import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'

import { FileBox } from 'file-box'
import { PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'

const [port, token, tls] = process.argv.slice(2)

const TYPE = { unknown: 0, file: 1, audio: 2, image: 6, text: 7, recall: 13, url: 14, video: 15 }
const DIRTY = { message: 1, contact: 2, room: 3, member: 4, friendship: 5 }
const RECORDED = [
  'start', 'stop', 'messageSendText', 'messageSendFile', 'messageRecall', 'roomTopic', 'roomAnnounce', 'contactAlias',
  'roomAdd', 'roomDel', 'roomQuit', 'friendshipAccept', 'roomInvitationAccept', 'messageFile', 'messageImage', 'contactAvatar', 'dirtyPayload',
]
const COUNTED = ['contactPayload', 'roomPayload', 'roomMemberPayload', 'roomMemberList', 'messagePayload', 'ding']

const out = value => process.stdout.write(JSON.stringify(value) + '\n')
const sha256 = data => createHash('sha256').update(data).digest('hex')

/** Bytes that differ from place to place, so that a lost or swapped chunk shows. */
function bytes (size, seed) {
  const data = Buffer.alloc(size)
  for (let i = 0; i < size; i++) { data[i] = (i * 31 + (i >> 8) * 7 + seed) & 255 }
  return data
}

class World {

  constructor () { this.reset() }

  reset () {
    Object.assign(this, {
      account: 'bot', contacts: new Map(), rooms: new Map(), messages: new Map(), files: new Map(), links: new Map(),
      friendships: new Map(), invitations: new Map(), counts: {}, faults: new Map(), echo: true, returnsIds: true,
      version: 'harness',
    })
    this.next ??= 0
    this.addContact({ id: 'bot', name: '小知' })
  }

  addContact ({ id, name, alias = '', friend = true, handle = '' }) {
    this.contacts.set(id, { id, name, alias, friend, handle, avatar: '', gender: 0, type: 1, phone: [] })
  }

  addRoom ({ id, topic, members, owner = 'bot', admins = [], aliases = {} }) {
    this.rooms.set(id, { id, topic, memberIdList: ['bot', ...members], ownerId: owner, adminIdList: admins, aliases, notice: '' })
  }

  addMessage ({ from, room = '', to = '', text = '', type = 'text', mentions = [], file, url, id, seconds = false, timestamp }) {
    id ??= `m${++this.next}`
    const at = timestamp ?? (seconds ? Math.floor(Date.now() / 1000) : Date.now())
    this.messages.set(id, {
      id, type: TYPE[type] ?? type, talkerId: from, listenerId: room ? '' : to, roomId: room, text,
      timestamp: at, mentionIdList: mentions, filename: file?.name ?? '',
    })
    if (file) { this.files.set(id, { name: file.name, data: bytes(file.size, file.seed ?? 0) }) }
    if (url) { this.links.set(id, { title: text, url }) }
    return id
  }

  get (map, id) {
    const found = this[map].get(id)
    if (!found) { throw new Error(`no such thing in ${map}: ${id}`) }
    return found
  }

}

const world = new World()

class RecordingPuppet extends PuppetMock {

  name () { return 'harness' }
  version () { return world.version }

  async onStart () { if (world.account) { setImmediate(() => { if (!this.isLoggedIn) { this.login(world.account) } }) } }
  async onStop () { this.__currentUserId = undefined }
  ding (data) { this.emit('dong', { data: data || '' }) }

  async contactRawPayload (id) { return world.get('contacts', id) }
  async contactList () { return [...world.contacts.keys()] }
  async contactAlias (id, alias) {
    const contact = world.get('contacts', id)
    if (alias === undefined) { return contact.alias }
    contact.alias = alias ?? ''
    this.dirtyPayload(DIRTY.contact, id)
  }

  async contactAvatar (id) {
    const { picture } = world.get('contacts', id)
    if (!picture) { throw new Error(`no avatar: ${id}`) }
    return FileBox.fromBase64(picture.toString('base64'), 'avatar.jpg')
  }

  async roomRawPayload (id) { const { aliases, notice, ...room } = world.get('rooms', id); return room }
  async roomList () { return [...world.rooms.keys()] }
  async roomMemberList (id) { return world.get('rooms', id).memberIdList }
  async roomMemberRawPayload (roomId, id) {
    const room = world.get('rooms', roomId)
    if (!room.memberIdList.includes(id)) { throw new Error(`no such member: ${id}`) }
    return { id, name: world.get('contacts', id).name, roomAlias: room.aliases[id] ?? '', avatar: '' }
  }

  async roomTopic (id, topic) {
    const room = world.get('rooms', id)
    if (topic === undefined) { return room.topic }
    act.topic({ room: id, topic, by: 'bot' })
  }

  async roomAnnounce (id, text) {
    const room = world.get('rooms', id)
    if (text === undefined) { return room.notice }
    room.notice = text
  }

  async roomAdd (id, contact) { act.join({ room: id, ids: [contact], inviter: 'bot' }) }
  async roomDel (id, contact) { act.leave({ room: id, ids: [contact], remover: 'bot' }) }
  async roomQuit (id) { world.rooms.delete(id) }

  async messageRawPayload (id) { return world.get('messages', id) }
  async messageSendText (conversation, text, mentions) { return this.sent(conversation, { text, mentions }) }
  async messageSendFile (conversation, box) {
    const data = await box.toBuffer()
    out({ file: { conversation, name: box.name, size: data.length, sha256: sha256(data), mediaType: box.mediaType } })
    return this.sent(conversation, { type: /^image/.test(box.mediaType) ? 'image' : 'file', file: { name: box.name, size: 1 } })
  }

  sent (conversation, message) {
    const isRoom = world.rooms.has(conversation)
    if (!isRoom && !world.contacts.has(conversation)) { throw new Error(`no such conversation: ${conversation}`) }
    const place = isRoom ? { room: conversation } : { to: conversation }
    const id = world.addMessage({ from: 'bot', ...place, ...message })
    if (world.echo) { this.emit('message', { messageId: id }) }
    return world.returnsIds ? id : undefined
  }

  async messageRecall (id) {
    return world.messages.delete(id)
  }

  async messageFile (id) { const { data, name } = world.get('files', id); return FileBox.fromBase64(data.toString('base64'), name) }
  async messageUrl (id) { return world.get('links', id) }
  async messageImage (id) { return this.messageFile(id) }

  async friendshipRawPayload (id) { return world.get('friendships', id) }
  async friendshipAccept (id) { world.get('friendships', id) }
  async roomInvitationRawPayload (id) { return world.get('invitations', id) }
  async roomInvitationAccept (id) { world.get('invitations', id) }

}

const puppet = new RecordingPuppet()
puppet.on('error', error => console.error('puppet error', error))

/** Let a test make one method fail, answer late, or never. */
async function suffer (method) {
  const fault = world.faults.get(method)
  if (!fault) { return }
  if (fault.times && --fault.times === 0) { world.faults.delete(method) }
  if (fault.error) { throw new Error(fault.error) }
  await new Promise(resolve => { if (fault.ms) { setTimeout(resolve, fault.ms) } })
}

for (const method of RECORDED) {
  const original = puppet[method].bind(puppet)
  puppet[method] = async (...args) => {
    out({ call: method, args: args.map(arg => arg instanceof FileBox ? arg.name : arg) })
    const fault = world.faults.get(method)
    if (fault?.after) {
      const answer = await original(...args)
      await suffer(method)
      return answer
    }
    await suffer(method)
    return original(...args)
  }
}
for (const method of COUNTED) {
  const original = puppet[method].bind(puppet)
  puppet[method] = async (...args) => {
    world.counts[method] = (world.counts[method] ?? 0) + 1
    await suffer(method)
    return original(...args)
  }
}

const now = () => Math.floor(Date.now() / 1000)

/** What a test can have happen. */
const act = {
  reset () { world.reset(); for (const name of ['contact', 'room', 'roomMember', 'message', 'friendship', 'roomInvitation']) { puppet.cache[name]?.clear() } },
  set (options) { Object.assign(world, options) },
  contact: contact => world.addContact(contact),
  room: room => world.addRoom(room),
  say (message) {
    const id = world.addMessage(message)
    const file = world.files.get(id)
    puppet.emit('message', { messageId: id })
    return { id, sha256: file && sha256(file.data) }
  },
  burst ({ count, rooms, members, text = '第 # 条' }) {
    const sent = []
    for (let i = 0; i < count; i++) {
      const room = rooms[i % rooms.length]
      const from = members[(i * 7) % members.length]
      sent.push([world.addMessage({ room, from, text: text.replace('#', i) }), room])
    }
    for (const [id] of sent) { puppet.emit('message', { messageId: id }) }
    return sent
  },
  join ({ room, ids, inviter }) {
    world.get('rooms', room).memberIdList.push(...ids)
    puppet.emit('room-join', { inviteeIdList: ids, inviterId: inviter, roomId: room, timestamp: now() })
  },
  leave ({ room, ids, remover }) {
    const place = world.get('rooms', room)
    place.memberIdList = place.memberIdList.filter(id => !ids.includes(id))
    puppet.emit('room-leave', { removeeIdList: ids, removerId: remover, roomId: room, timestamp: now() })
  },
  topic ({ room, topic, by }) {
    const place = world.get('rooms', room)
    const oldTopic = place.topic
    place.topic = topic
    puppet.cache.room.delete(room)
    puppet.emit('room-topic', { changerId: by, newTopic: topic, oldTopic, roomId: room, timestamp: now() })
  },
  invite ({ id, topic, inviter }) {
    world.invitations.set(id, { id, topic, inviterId: inviter, avatar: '', invitation: '', receiverId: 'bot', memberCount: 3, memberIdList: [], timestamp: Date.now() })
    puppet.emit('room-invite', { roomInvitationId: id })
  },
  friend ({ id, contact, hello, type = 2 }) {
    world.friendships.set(id, { id, contactId: contact, hello, type, ticket: 't', timestamp: now() })
    puppet.emit('friendship', { friendshipId: id })
  },
  rename ({ contact, name, silent = false }) {
    world.get('contacts', contact).name = name
    if (silent) { puppet.cache.contact.delete(contact) } else { puppet.dirtyPayload(DIRTY.contact, contact) }
  },
  alias ({ room, contact, alias }) {
    world.get('rooms', room).aliases[contact] = alias
    puppet.dirtyPayload(DIRTY.member, room)
  },
  avatar ({ contact, size, seed = 0 }) {
    const picture = world.get('contacts', contact).picture = bytes(size, seed)
    return { sha256: sha256(picture) }
  },
  logout: ({ reason }) => puppet.logout(reason),
  login: () => puppet.login(world.account),
  scan: payload => { puppet.emit('scan', payload) },
  /** Send a payload of any shape past the puppet's own listeners, as a broken puppet would. */
  event ({ name, payload }) {
    const listener = puppet.listeners(name).at(-1)
    if (!listener) { throw new Error(`nobody listens for ${name}`) }
    listener({ toJSON: () => payload })
  },
  fault ({ method, ...fault }) { if (Object.keys(fault).length) { world.faults.set(method, fault) } else { world.faults.delete(method) } },
  counts: () => world.counts,
  look: ({ room }) => world.get('rooms', room),
  contactOf: ({ id }) => world.get('contacts', id),
}

const server = new PuppetServer({ endpoint: `127.0.0.1:${port}`, puppet, token, tls: { disable: tls !== 'tls' } })
await server.start()
out({ ready: true })

createInterface({ input: process.stdin }).on('line', async line => {
  const { n, do: what, ...args } = JSON.parse(line)
  try {
    out({ n, ok: (await act[what](args)) ?? null })
  } catch (error) {
    out({ n, error: String(error?.message ?? error) })
  }
}).on('close', () => process.exit(0))
