"""群知 (qunzhi): a chatbot that runs a WeChat group as a small business of knowledge."""

__version__ = "0.1.0"
