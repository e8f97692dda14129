/// Where fio options stand: the sections of job files and of command lines; inside the fio job reader.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/fio_options.hpp"

namespace blkpath::fio {

/// One `[section]` of a job file, or what follows one `--name` on a command line.
struct Section {
  Place place;
  std::string name;
  bool global = false;
  bool forget_globals = false;  ///< first section of a further file: fio starts it from its defaults,
  bool waits = false;           ///< and lets its first job wait for all jobs before it
  std::vector<Setting> settings;
};

/// fio compares only the first letters: [global-defaults] is global too.
inline bool is_global(std::string_view section_name) { return section_name.starts_with("global"); }

/// Sections of a job file, with comments, environment variables, keywords and includes resolved.
/// @throws ConfigError at the line at fault
std::vector<Section> read_ini(std::string_view text, const std::string& file_name);
std::vector<Section> read_ini_file(const std::string& path);

/// Sections of a command line, then those of the job files it names.
std::vector<Section> read_args(const std::vector<std::string>& args);

}  // namespace blkpath::fio
