import { type Content, seal, segment, withStrayBits } from "../forge.js";
import { type Attack, goodHeader, refusedBy, type Target } from "./attack.js";

/** Signed with the real key over exactly the text that is sent, but not as the server would have written it. */
export function spellingAttacks({ keys, good, goodClaims }: Target): Attack[] {
  const sealText = (header: string, payload: string) =>
    `${header}.${payload}.${seal(`${header}.${payload}`, keys.algorithm, keys.signingKey).toString("base64url")}`;
  const fill = (value: object) => {
    let filler = "";
    while (segment({ ...value, filler }).length % 4 === 0) filler += "x";
    return { ...value, filler };
  };
  const header = segment(goodHeader(keys));
  const json = JSON.stringify(goodClaims);
  const { alg, typ, kid } = goodHeader(keys);
  const raw = (headerText: Content, payloadText: Content) => sealText(segment(headerText), segment(payloadText));
  const spelt = (payloadText: Content) => raw(goodHeader(keys), payloadText);
  const signature = good.split(".")[2] ?? "";
  const rows: [name: string, token: string][] = [
    ["stray bits at the end of the payload", sealText(header, withStrayBits(segment(fill(goodClaims))))],
    [
      "stray bits at the end of the header",
      sealText(withStrayBits(segment(fill(goodHeader(keys)))), segment(goodClaims)),
    ],
    ["white space in the payload", spelt(JSON.stringify(goodClaims, null, 1))],
    ["white space before the payload", spelt(` ${json}`)],
    ["white space in the header", raw(JSON.stringify(goodHeader(keys), null, 1), goodClaims)],
    ["a claim twice, the good one last", spelt(json.replace('"sub"', '"sub":"0","sub"'))],
    ["a claim twice, the same both times", spelt(json.replace("{", `{"iss":${JSON.stringify(goodClaims.iss)},`))],
    ["an expiry twice, the good one last", spelt(json.replace('"exp"', '"exp":1,"exp"'))],
    [
      "an algorithm twice, the good one last",
      raw(`{"alg":"none","alg":"${alg}","typ":"${typ}","kid":"${kid}"}`, goodClaims),
    ],
    ["a claim's name written with an escape", spelt(json.replace('"sub"', '"s\\u0075b"'))],
    ["the algorithm written with an escape", raw(`{"\\u0061lg":"${alg}","typ":"${typ}","kid":"${kid}"}`, goodClaims)],
    ["an expiry in exponents", spelt(json.replace(/"exp":\d+/, '"exp":1893456900e0'))],
    ["an expiry with decimals of zero", spelt(json.replace(/"exp":(\d+)/, '"exp":$1.0'))],
    ["an expiry that is infinite", spelt(json.replace(/"exp":\d+/, '"exp":1e999'))],
    ["an issue time of minus zero", spelt(json.replace(/"iat":\d+/, '"iat":-0'))],
    [
      "bytes that are not UTF-8",
      spelt(Buffer.concat([Buffer.from(json.replace("}", ',"x":"')), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])),
    ],
    [
      "an overlong form of UTF-8",
      spelt(Buffer.concat([Buffer.from(json.replace("}", ',"x":"')), Buffer.from([0xc0, 0xae]), Buffer.from('"}')])),
    ],
    ["a payload that is null", spelt("null")],
    ["a payload that is text", spelt('"a text"')],
    ["a payload that is a number", spelt("42")],
    ["a payload that is true", spelt("true")],
    ["a payload that is not JSON", spelt("not JSON")],
    ["a payload with an end too many", spelt(`${json}}`)],
    ["a payload cut short", spelt(json.slice(0, -1))],
    ["a payload with a byte order mark", spelt(`\uFEFF${json}`)],
    ["a payload in UTF-16", spelt(Buffer.from(json, "utf16le"))],
    ["a payload of opening brackets", spelt("[".repeat(2000))],
    ["a payload that is a token", spelt(good)],
  ];
  // The HMAC is compared as text, which refuses stray bits a step earlier.
  const by = keys.algorithm === "HS256" ? "signature" : "spelling";
  return [
    ...refusedBy("spelling", rows),
    ...refusedBy(by, [["stray bits at the end of the signature", good.replace(signature, withStrayBits(signature))]]),
  ];
}
