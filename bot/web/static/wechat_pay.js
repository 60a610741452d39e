// Calls WeChat's own cashier; whether money came is never learnt here, only from WeChat Pay's server.
"use strict";

const button = document.getElementById("pay");
const say = document.getElementById("say");
const ANSWERS = {
  "get_brand_wcpay_request:ok": "付好了，正在核对，到账会在聊天里通知您。",
  "get_brand_wcpay_request:cancel": "没有付款，可以再点一次。",
};

function pay() {
  WeixinJSBridge.invoke("getBrandWCPayRequest", JSON.parse(button.dataset.call), (answer) => {
    say.textContent = ANSWERS[answer.err_msg] || "没有付成，请回到聊天里重新点开链接。";
    button.hidden = answer.err_msg === "get_brand_wcpay_request:ok";
  });
}

button.addEventListener("click", () => {
  if (typeof WeixinJSBridge === "undefined") {
    document.addEventListener("WeixinJSBridgeReady", pay, { once: true });
    say.textContent = "正在打开微信支付…";
  } else {
    pay();
  }
});
