// Makes the replica set of compose.scale.yaml, or enlarges the one of compose.yaml to it; run again and again by mongosh
// as the health check of the first node. Ends with 1 until there is a primary that takes writes.
const hosts = ["mongo:27017", "mongo-2:27017", "mongo-3:27017"];
const settings = { electionTimeoutMillis: 2000, heartbeatTimeoutSecs: 2, catchUpTimeoutMillis: 2000 };

function enlarge(config) {
  // One voting member at a time: MongoDB takes no more, so that no two majorities can exist at once.
  const host = hosts.find((one) => !config.members.some((member) => member.host === one));
  if (!host && config.settings.electionTimeoutMillis === settings.electionTimeoutMillis) return;
  if (host) config.members.push({ _id: Math.max(...config.members.map((member) => member._id)) + 1, host });
  config.settings = { ...config.settings, ...settings };
  config.version += 1;
  rs.reconfig(config);
}

try {
  if (db.hello().isWritablePrimary) enlarge(rs.conf());
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
}
try {
  rs.status();
} catch (error) {
  rs.initiate({ _id: "rs0", members: hosts.map((host, _id) => ({ _id, host })), settings });
}
if (!db.hello().primary) quit(1);
