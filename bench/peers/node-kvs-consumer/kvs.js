// Kinesis Video Streams, as far as a consumer needs it. A local server asks for no signature.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: false, maxSockets: Infinity });

function post(url, value) {
  const text = JSON.stringify(value);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers, agent }, (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`${url} answers ${response.statusCode}`));
    });
    request.on('error', reject);
    request.end(text);
  });
}

async function json(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks));
}

/** The call's media, from its first sample on, as it comes. */
export async function openMedia(endpoint, stream, startMs) {
  const asked = { StreamName: stream, APIName: 'GET_MEDIA' };
  const { DataEndpoint } = await json(await post(`${endpoint}/getDataEndpoint`, asked));
  return post(`${DataEndpoint}/getMedia`, {
    StreamName: stream,
    StartSelector: { StartSelectorType: 'PRODUCER_TIMESTAMP', StartTimestamp: startMs / 1e3 },
  });
}
