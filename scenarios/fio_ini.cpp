#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "scenarios/fio_sections.hpp"
#include "scenarios/fio_values.hpp"

namespace blkpath::fio {
namespace {

constexpr int kDeepestInclude = 16;  // fio itself recurses until it runs out of files

std::string slurp(const std::string& path, const Place& asked_by) {
  const auto fail = [&](const std::string& why) {
    throw ConfigError(asked_by, "", fmt::format("cannot read the fio job file '{}': {}", path, why));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail("it is a folder");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(std::generic_category().message(errno));
  return {std::istreambuf_iterator<char>(file), {}};
}

/// ${NAME} from the environment; a name that is not set stands for nothing.
std::string substitute_environment(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find("${");
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    out.append(text.substr(0, open));
    const std::string name(text.substr(open + 2, close - open - 2));
    if (const char* value = std::getenv(name.c_str())) out.append(value);
    text.remove_prefix(close + 1);
  }
  return out.append(text);
}

/// $pagesize, $mb_memory and $ncpus of this machine; where one stood, fio also works out + - * /.
std::string substitute_keywords(std::string value) {
  const long page = sysconf(_SC_PAGESIZE);
  const std::array<std::pair<std::string_view, long>, 3> keywords{
      {{"$pagesize", page},
       {"$mb_memory", sysconf(_SC_PHYS_PAGES) / ((1 << 20) / page)},
       {"$ncpus", sysconf(_SC_NPROCESSORS_CONF)}}};
  bool found = false;
  for (const auto& [word, number] : keywords)
    for (std::size_t at; (at = value.find(word)) != std::string::npos; found = true)
      value.replace(at, word.size(), std::to_string(number));
  std::int64_t result = 0;
  if (found && evaluate_plain(value, &result)) return std::to_string(result);
  return value;
}

Setting parse_setting(std::string_view line, const Place& place) {
  const std::string text = substitute_environment(line);
  const std::size_t equals = text.find('=');
  Setting setting{place, std::string(trim(std::string_view(text).substr(0, equals))), std::nullopt};
  if (equals != std::string::npos) setting.value = substitute_keywords(text.substr(equals + 1));
  return setting;
}

class IniReader {
 public:
  void read(std::string_view text, const std::string& file_name, int depth) {
    Place place{file_name, 0};
    for (std::string_view line : split(text, '\n')) {
      ++place.line;
      line = trim(line.substr(0, line.find_first_of(";#")));  // a comment may start anywhere, as in fio
      if (line.empty()) continue;
      if (line.front() == '[')
        open_section(line, place, depth);
      else if (sections_.empty())
        throw ConfigError(place, "",
                          fmt::format("'{}' stands outside of a section, for example '[global]'", line));
      else if (line.starts_with("include ") || line.starts_with("include\t"))
        include(std::string(trim(line.substr(8))), place, depth);
      else
        sections_.back().settings.push_back(parse_setting(line, place));
    }
  }

  std::vector<Section> take() {
    for (Section& section : sections_)  // fio sorts its options; only this one changes how others are read
      std::stable_partition(section.settings.begin(), section.settings.end(),
                            [](const Setting& setting) { return setting.key == "kb_base"; });
    return std::move(sections_);
  }

 private:
  void open_section(std::string_view line, const Place& place, int depth) {
    if (depth > 0) throw ConfigError(place, "", "an included file may hold options but no sections");
    if (line.back() != ']' || line.size() < 3)
      throw ConfigError(place, "", fmt::format("'{}' is not a section, for example '[job1]'", line));
    const std::string name(line.substr(1, line.size() - 2));
    sections_.push_back(Section{place, name, is_global(name), false, false, {}});
  }

  void include(const std::string& path, const Place& place, int depth) {
    if (depth == kDeepestInclude) throw ConfigError(place, "include", "files include each other without end");
    const std::string beside = (std::filesystem::path(place.file).parent_path() / path).string();
    const std::string& found = std::filesystem::exists(path) ? path : beside;
    read(slurp(found, place), found, depth + 1);
  }

  std::vector<Section> sections_;
};

}  // namespace

std::vector<Section> read_ini(std::string_view text, const std::string& file_name) {
  IniReader reader;
  reader.read(text, file_name, 0);
  return reader.take();
}

std::vector<Section> read_ini_file(const std::string& path) {
  return read_ini(slurp(path, Place{path, 0}), path);
}

}  // namespace blkpath::fio
