#include "model/core/error.hpp"

#include <algorithm>
#include <numeric>

namespace blkpath {

std::string Place::str() const {
  if (file.empty()) return "command line";
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

namespace {
std::string join(const Place& place, std::string_view key, std::string_view problem) {
  std::string text = place.str() + ": ";
  if (!key.empty()) text.append(key).append(": ");
  return text.append(problem);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}
}  // namespace

ConfigError::ConfigError(const Place& place, std::string_view key, std::string_view problem)
    : std::runtime_error(join(place, key, problem)) {}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 2;  // past a third of its letters, a word is another word
  for (const std::string& candidate : candidates)
    if (const std::size_t d = edit_distance(word, candidate); d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? "" : " Did you mean '" + near + "'?";
}

}  // namespace blkpath
