#include "scenarios/disksim_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "traces/byte_stream.hpp"

namespace blkpath {
namespace {

constexpr std::size_t kChunk = 1 << 16, kMostText = 256 << 20;
constexpr int kMostNested = 16;  ///< files that source one another, blocks within blocks

/// Words and the signs { } [ ] = , of one file.
class Lexer {
 public:
  Lexer(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) { next(); }

  std::string_view token() const { return token_; }
  bool end() const { return token_.empty(); }
  bool sign(char c) const { return token_.size() == 1 && token_[0] == c; }
  bool any_sign() const { return token_.size() == 1 && is_sign(token_[0]); }
  Place place() const { return {path_, line_}; }
  const std::string& path() const { return path_; }
  void next() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n')
        ++at_line_;
      else if (text_[at_] == '#')
        at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
      else if (std::isspace(static_cast<unsigned char>(text_[at_])) == 0)
        break;
    }
    line_ = at_line_;
    const std::size_t begin = at_;
    if (at_ < text_.size() && is_sign(text_[at_]))
      ++at_;
    else
      while (at_ < text_.size() && !is_sign(text_[at_]) && text_[at_] != '#' &&
             std::isspace(static_cast<unsigned char>(text_[at_])) == 0)
        ++at_;
    token_ = std::string_view(text_).substr(begin, at_ - begin);
  }

 private:
  static bool is_sign(char c) { return std::string_view("{}[]=,").find(c) != std::string_view::npos; }

  std::string path_, text_;
  std::size_t at_ = 0;
  int at_line_ = 1, line_ = 1;
  std::string_view token_;
};

class Reader {
 public:
  Reader(const std::string& path, const Place& from, int depth)
      : lexer_(path, read_disksim_text(path, from)), depth_(depth) {
    if (depth > kMostNested)
      throw ConfigError(from, "source", "files that source one another, or too many of them");
  }

  /// All blocks of the file; `instantiate`, `topology` and the like are passed over.
  std::vector<DiskSimValue> top() {
    std::vector<DiskSimValue> blocks;
    while (!lexer_.end()) {
      if (lexer_.token() == "source") {
        lexer_.next();
        for (DiskSimValue& block : sourced().top()) blocks.push_back(std::move(block));
      } else if (lexer_.sign('[')) {
        skip_list();
      } else if (lexer_.any_sign()) {
        lexer_.next();
      } else {
        word_or_block(blocks);
      }
    }
    return blocks;
  }

 private:
  Reader sourced() {
    const Place from = lexer_.place();
    const std::string name(lexer_.token());
    if (lexer_.any_sign() || name.empty())
      throw ConfigError(from, "source", "a file's name is missing, for example 'source atlas10k.model'");
    lexer_.next();
    return {(std::filesystem::path(lexer_.path()).parent_path() / name).string(), from, depth_ + 1};
  }
  void skip_list() {
    int open = 0;
    do {
      open += lexer_.sign('[') ? 1 : lexer_.sign(']') ? -1 : 0;
      lexer_.next();
    } while (open > 0 && !lexer_.end());
  }
  /// "type {", "type name {"; a word that begins neither is passed over.
  void word_or_block(std::vector<DiskSimValue>& blocks) {
    const Place place = lexer_.place();
    const std::string type(lexer_.token());
    lexer_.next();
    std::string name;
    if (!lexer_.any_sign() && !lexer_.end()) {
      name = lexer_.token();
      if (type == "topology" || type == "instantiate") return;
      const Place second = lexer_.place();
      if (second.line != place.line) return;
      lexer_.next();
    }
    if (lexer_.sign('{')) blocks.push_back(block(type, name, place));
  }
  DiskSimValue block(const std::string& type, const std::string& name, const Place& place) {
    if (++nested_ > kMostNested) throw ConfigError(place, type, "blocks nested too deep");
    DiskSimValue value;
    value.kind = DiskSimValue::Kind::block;
    value.text = type;
    value.name = name;
    value.place = place;
    lexer_.next();  // {
    while (!lexer_.sign('}')) {
      if (lexer_.sign(',')) {
        lexer_.next();
        continue;
      }
      std::string key;
      const Place at = lexer_.place();
      while (!lexer_.any_sign() && !lexer_.end()) {
        key.append(key.empty() ? "" : " ").append(lexer_.token());
        lexer_.next();
      }
      if (!lexer_.sign('=') || key.empty())
        throw ConfigError(
            at, key.empty() ? type : key,
            fmt::format("'{}' stands where '=' belongs, for example 'Head switch time = 0.176,'",
                        lexer_.end() ? "the end of the file" : lexer_.token()));
      lexer_.next();
      value.entries.push_back({key, this->value(key)});
    }
    lexer_.next();  // }
    --nested_;
    return value;
  }
  DiskSimValue value(const std::string& key) {
    const Place place = lexer_.place();
    if (lexer_.sign('[')) return list(key);
    std::vector<std::string> words;
    while (!lexer_.any_sign() && !lexer_.end()) {
      if (words.empty() && lexer_.token() == "source") {
        lexer_.next();
        std::vector<DiskSimValue> blocks = sourced().top();
        if (blocks.size() != 1)
          throw ConfigError(place, key,
                            fmt::format("the file has {} blocks where one is wanted", blocks.size()));
        return std::move(blocks.front());
      }
      words.emplace_back(lexer_.token());
      lexer_.next();
    }
    if (lexer_.sign('{')) {
      if (words.empty()) throw ConfigError(place, key, "a block without a type");
      return block(words[0], words.size() > 1 ? words[1] : "", place);
    }
    if (words.empty())
      throw ConfigError(place, key, "a value is missing, for example 'Rotation speed (in rpms) = 10025,'");
    DiskSimValue v;
    v.place = place;
    for (const std::string& word : words) v.text.append(v.text.empty() ? "" : " ").append(word);
    return v;
  }
  DiskSimValue list(const std::string& key) {
    DiskSimValue v;
    v.kind = DiskSimValue::Kind::list;
    v.place = lexer_.place();
    if (++nested_ > kMostNested) throw ConfigError(v.place, key, "lists nested too deep");
    lexer_.next();  // [
    while (!lexer_.sign(']')) {
      if (lexer_.end()) throw ConfigError(v.place, key, "the list has no end, ']' is missing");
      if (lexer_.sign(','))
        lexer_.next();
      else
        v.items.push_back(value(key));
    }
    lexer_.next();  // ]
    --nested_;
    return v;
  }

  Lexer lexer_;
  int depth_, nested_ = 0;
};

/// "Add. write  settling delay" and "add. Write settling delay" are one key.
std::string plain(std::string_view key) {
  std::string out;
  for (const char c : key)
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::string read_disksim_text(const std::string& path, const Place& from) {
  std::string found = path;
  for (const char* packed : {"", ".xz", ".gz", ".bz2", ".zst"})
    if (std::filesystem::exists(path + packed)) {
      found = path + packed;
      break;
    }
  if (!std::filesystem::is_regular_file(found))
    throw ConfigError(from.file.empty() ? Place{path, 0} : from, "source",
                      fmt::format("there is no file '{}', packed or not", path));
  const std::unique_ptr<ByteInput> in = ByteInput::open(found);
  std::string text;
  for (std::string_view bytes = in->peek(kChunk); !bytes.empty(); bytes = in->peek(kChunk)) {
    if (text.size() + bytes.size() > kMostText)
      throw ConfigError({found, 0}, "source", "larger than any parameter file");
    text += bytes;
    in->skip(bytes.size());
  }
  return text;
}

std::vector<DiskSimValue> read_disksim_file(const std::string& path) { return Reader(path, {}, 0).top(); }

const DiskSimValue* DiskSimValue::find(std::string_view key) const {
  const std::string wanted = plain(key);
  for (const auto& [name_, value] : entries)
    if (plain(name_) == wanted) return &value;
  return nullptr;
}
const DiskSimValue& DiskSimValue::at(std::string_view key, std::string_view example) const {
  const DiskSimValue* found = find(key);
  if (!found)
    throw ConfigError(place, text.empty() ? std::string(key) : text,
                      fmt::format("has no '{0}', for example '{0} = {1},'", key, example));
  return *found;
}
double DiskSimValue::as_number(std::string_view key) const {
  double v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (kind != Kind::text || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(v))
    throw ConfigError(place, std::string(key),
                      fmt::format("'{}' is not a number", kind == Kind::list ? "a list" : text));
  return v;
}
std::int64_t DiskSimValue::as_integer(std::string_view key) const {
  const double v = as_number(key);
  if (v != std::floor(v) || std::abs(v) > 1e15)
    throw ConfigError(place, std::string(key), fmt::format("'{}' is not a whole number", text));
  return static_cast<std::int64_t>(v);
}
double DiskSimValue::number(std::string_view key, std::string_view example) const {
  return at(key, example).as_number(key);
}
double DiskSimValue::number_or(std::string_view key, double otherwise) const {
  const DiskSimValue* found = find(key);
  return found ? found->as_number(key) : otherwise;
}
std::int64_t DiskSimValue::integer(std::string_view key, std::string_view example) const {
  return at(key, example).as_integer(key);
}

}  // namespace blkpath
