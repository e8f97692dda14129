#include "scenarios/shell_words.hpp"

#include <optional>

namespace blkpath {

std::vector<std::string> shell_words(std::string_view line, const Place& place) {
  std::vector<std::string> words;
  std::optional<std::string> word;  // absent between words; '' is a word
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (c == '\\' && quote != '\'') {
      if (next == '\r' && i + 2 < line.size() && line[i + 2] == '\n') {
        i += 2;
      } else if (next == '\n') {
        ++i;
      } else if (i + 1 == line.size() && quote == 0) {
        // a continuation whose next line was not copied
      } else if (quote == 0 || next == '"' || next == '\\' || next == '$' || next == '`') {
        word = word.value_or("") + next;
        ++i;
      } else {
        word->push_back(c);  // inside double quotes a backslash before anything else is itself
      }
    } else if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word->push_back(c);
    } else if (c == '\'' || c == '"') {
      quote = c;
      word = word.value_or("");
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (word) words.push_back(*std::move(word));
      word.reset();
    } else {
      word = word.value_or("") + c;
    }
  }
  if (quote != 0)
    throw ConfigError(place, "", std::string("the quote ") + quote + " is opened but never closed");
  if (word) words.push_back(*std::move(word));
  return words;
}

}  // namespace blkpath
