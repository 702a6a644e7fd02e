#include "config/document.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "config/encoding.h"

namespace slipway::config {
namespace {

struct Advice {
  std::string_view message;  // the parser's
  std::string_view hint;
};

constexpr std::array<Advice, 12> advice{{
    {"end of map not found", "indent this like the keys it belongs to"},
    {"end of sequence not found", "indent this like the items it belongs to"},
    {"end of map flow not found", "what begins here needs a closing }, or a quote its pair"},
    {"end of sequence flow not found", "what begins here needs a closing ], or a quote its pair"},
    {"illegal EOF in scalar", "a quote is not closed"},
    {"illegal map value", "check the indentation; a value that holds a colon needs quotes"},
    {"illegal tab when looking for indentation", "indent with spaces"},
    {"unknown token", "a value that begins with this character needs quotes"},
    {"the referenced anchor is not defined", "define it further up, as in key: &name value"},
    {"illegal flow end", "nothing is open that this could close"},
    {"illegal block entry", "check the indentation; a value that begins with a dash needs quotes"},
    {"unknown escape character", "write a backslash as \\\\, or use single quotes"},
}};

std::string_view advice_for(std::string_view message) {
  const auto found = std::ranges::find_if(
      advice, [&](const Advice& candidate) { return message.starts_with(candidate.message); });
  return found == advice.end() ? std::string_view() : found->hint;
}

bool known_tag(std::string_view tag) {
  constexpr std::string_view core = "tag:yaml.org,2002:";
  if (tag.empty() || tag == "?" || tag == "!") return true;
  if (!tag.starts_with(core)) return false;
  constexpr std::array<std::string_view, 7> names{"str", "int", "float", "bool", "null", "map", "seq"};
  return std::ranges::find(names, tag.substr(core.size())) != names.end();
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r');
  });
}

// Builds the tree of the first document from the parser's events, without recursion.
class Builder final : public YAML::EventHandler {
 public:
  Builder(Source& source, Problems& problems, Document& document)
      : source_(source), problems_(problems), document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2)
      problems_.report(source_.place_of(mark.line, mark.column, ""), "a second YAML document begins here",
                       "one file describes one service: remove it");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node& node = make(Node::Kind::nothing, mark, anchor, "");
    const std::string_view text = source_.line(mark.line + 1);
    const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
    if (column < text.size()) {
      const std::string_view rest = text.substr(column);
      node.spelled = rest.starts_with('~') || rest.starts_with('n') || rest.starts_with('N');
    }
    put(node);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    const bool open = found != anchors_.end() && std::ranges::any_of(open_, [&](const Open& candidate) {
                        return candidate.node == found->second;
                      });
    if (found != anchors_.end() && !open) return put(*found->second);
    problems_.report(source_.place_of(mark.line, mark.column, ""), "this alias holds itself",
                     "write the value out");
    put(make(Node::Kind::nothing, mark, 0, ""));
    whole_ = false;
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = make(Node::Kind::scalar, mark, anchor, tag, value);
    node.quoted = tag == "!" || tag.ends_with(":str");
    if (has_control_character(value))
      problems_.report(node.place, "this text holds a control character", "remove it");
    put(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(make(Node::Kind::list, mark, anchor, tag));
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(make(Node::Kind::map, mark, anchor, tag));
  }
  void OnMapEnd() override { open_.pop_back(); }

  int documents() const { return documents_; }
  bool whole() const { return whole_; }  // nothing had to be left out

  // Where the list or map that is still open began.
  Place innermost() const { return open_.empty() ? Place{} : open_.back().node->place; }

 private:
  struct Open {
    Node* node;
    const Node* key = nullptr;         // of the value to come
    std::map<std::string, int> lines;  // of the keys so far
  };

  Node& make(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag,
             const std::string& text = "") {
    Node& node = document_.nodes.emplace_back();
    node.kind = kind;
    node.text = text;
    node.place = source_.place_of(mark.line, mark.column, text);
    if (kind == Node::Kind::list || kind == Node::Kind::map) node.place.width = 1;
    if (anchor != 0) anchors_[anchor] = &node;
    if (!known_tag(tag))
      problems_.report(node.place, fmt::format("the tag {} is not known", tag), "remove the tag");
    return node;
  }

  void begin(Node& node) {
    put(node);
    open_.push_back({&node, nullptr, {}});
  }

  void put(const Node& node) {
    if (documents_ > 1) return;
    if (open_.empty()) {
      document_.root = &node;
      return;
    }
    Open& open = open_.back();
    if (open.node->kind == Node::Kind::list) {
      open.node->items.push_back(&node);
    } else if (open.key == nullptr) {
      open.key = &node;
    } else {
      add_entry(open, *std::exchange(open.key, nullptr), node);
    }
  }

  void add_entry(Open& open, const Node& key, const Node& value) {
    if (key.kind != Node::Kind::scalar)
      return problems_.report(key.place, "a key must be a word", "write it as key: value");
    if (key.text == "<<" && !key.quoted)
      return problems_.report(key.place, "merge keys (<<) are not supported", "write the keys out");
    const auto [first, added] = open.lines.emplace(key.text, key.place.line);
    if (!added)
      return problems_.report(
          key.place, fmt::format("\"{}\" is written twice; the first is in line {}", key.text, first->second),
          "remove one of them");
    open.node->entries.push_back({key.text, key.place, &value});
  }

  Source& source_;
  Problems& problems_;
  Document& document_;
  std::map<YAML::anchor_t, Node*> anchors_;
  std::vector<Open> open_;
  int documents_ = 0;
  bool whole_ = true;
};

bool indented_with_tab(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line.substr(0, first).contains('\t');
}

void report_syntax(const YAML::ParserException& error, Source& source, const Builder& builder,
                   Problems& problems) {
  const std::string_view message = error.msg;
  if (dynamic_cast<const YAML::DeepRecursion*>(&error) != nullptr || message == "bad file")
    return problems.report(source.place_of(error.mark.line, error.mark.column, ""),
                           "lists and maps are nested too deeply");
  for (int number = error.mark.line + 1; number >= std::max(1, error.mark.line); --number) {
    const std::string_view line = source.line(number);
    if (indented_with_tab(line))
      return problems.report({number, static_cast<int>(line.find('\t')) + 1, 1},
                             "YAML doesn't allow tabs in the indentation", "indent with spaces");
  }
  Place place = source.place_of(error.mark.line, error.mark.column, "");
  if (message.contains("flow not found")) place = builder.innermost();
  place.width = 1;
  problems.report(place, fmt::format("not YAML: {}", message), advice_for(message));
}

}  // namespace

Document load(std::string_view text, Problems& problems) {
  Document document;
  check_encoding(text, problems);
  if (!problems.empty()) return document;

  Source source(text);
  Builder builder(source, problems, document);
  try {
    std::istringstream stream{std::string(without_mark(text))};
    YAML::Parser parser(stream);
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) continue;
  } catch (const YAML::ParserException& e) {
    report_syntax(e, source, builder, problems);
    document.root = nullptr;
    return document;
  } catch (const YAML::Exception& e) {
    problems.report({}, fmt::format("not YAML: {}", e.msg));
    document.root = nullptr;
    return document;
  }
  const bool nothing = document.root == nullptr || document.root->kind == Node::Kind::nothing;
  if (nothing && problems.empty())
    problems.report({}, "the file is empty", "slipway init writes one to begin with");
  if (nothing || !builder.whole()) document.root = nullptr;
  return document;
}

}  // namespace slipway::config
