#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/fio_sections.hpp"

namespace blkpath::fio {
namespace {

/// Options of the fio program, not of its jobs, that make no difference to a model.
struct ProgramOption {
  std::string_view name;
  bool takes_value;
};
constexpr std::array<ProgramOption, 20> kProgramOptions{
    {{"output", true},          {"output-format", true},  {"minimal", false},
     {"append-terse", false},   {"terse-version", true},  {"eta", true},
     {"eta-interval", true},    {"eta-newline", true},    {"status-interval", true},
     {"parse-only", false},     {"showcmd", false},       {"readonly", false},
     {"warnings-fatal", false}, {"bandwidth-log", false}, {"alloc-size", true},
     {"max-jobs", true},        {"debug", true},          {"aux-path", true},
     {"idle-prof", true},       {"section", true}}};

class ArgsReader {
 public:
  explicit ArgsReader(const std::vector<std::string>& args) : args_(args) {}

  std::vector<Section> read() {
    if (!args_.empty() && (args_[0] == "fio" || args_[0].ends_with("/fio"))) ++next_;
    while (next_ < args_.size()) {
      const std::string& arg = args_[next_++];
      if (arg == "--") {
        files_.insert(files_.end(), args_.begin() + static_cast<std::ptrdiff_t>(next_), args_.end());
        break;
      }
      if (arg.size() < 2 || arg[0] != '-')
        files_.push_back(arg);
      else
        read_option(arg.substr(arg[1] == '-' ? 2 : 1));
    }
    read_files();
    if (!only_.empty())
      std::erase_if(sections_, [this](const Section& section) {
        return !section.global && std::find(only_.begin(), only_.end(), section.name) == only_.end();
      });
    return std::move(sections_);
  }

 private:
  void read_option(const std::string& text) {
    const std::size_t equals = text.find('=');
    Setting setting{Place{}, text.substr(0, equals), std::nullopt};
    if (equals != std::string::npos) setting.value = text.substr(equals + 1);

    const auto* program = std::find_if(kProgramOptions.begin(), kProgramOptions.end(),
                                       [&](const ProgramOption& o) { return o.name == setting.key; });
    if (program != kProgramOptions.end()) {
      if (program->takes_value && !setting.value && next_ < args_.size()) setting.value = args_[next_++];
      if (setting.key == "section" && setting.value) only_.push_back(*setting.value);
      return;
    }
    if (!setting.value) take_value(setting);
    if (setting.key == "name") {
      const std::string name = setting.value.value_or("");
      sections_.push_back(Section{Place{}, name, is_global(name), false, false, {}});
    } else if (sections_.empty()) {
      sections_.push_back(Section{Place{}, "global", true, false, false, {}});
    }
    sections_.back().settings.push_back(std::move(setting));
  }

  /// `--bs 16k`. A flag only takes a value after '='; where a value is optional here and fio 3.33 would
  /// swallow the next option as one, it is left alone.
  void take_value(Setting& setting) {
    const Option* option = find_option(setting.key);
    if (!option || option->arg == Arg::flag) return;
    const bool more = next_ < args_.size();
    const bool option_next = more && args_[next_].size() > 1 && args_[next_][0] == '-';
    if (option->arg == Arg::boolean) {
      setting.value = more && (args_[next_] == "0" || args_[next_] == "1") ? args_[next_++] : "1";
    } else if (more && !option_next) {
      setting.value = args_[next_++];
    }
  }

  void read_files() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      std::vector<Section> sections = read_ini_file(files_[i]);
      if (i > 0 && !sections.empty()) {
        sections.front().forget_globals = true;
        const auto job =
            std::find_if(sections.begin(), sections.end(), [](const Section& s) { return !s.global; });
        if (job != sections.end()) job->waits = true;
      }
      std::move(sections.begin(), sections.end(), std::back_inserter(sections_));
    }
  }

  const std::vector<std::string>& args_;
  std::size_t next_ = 0;
  std::vector<Section> sections_;
  std::vector<std::string> files_;
  std::vector<std::string> only_;  ///< --section
};

}  // namespace

std::vector<Section> read_args(const std::vector<std::string>& args) { return ArgsReader(args).read(); }

}  // namespace blkpath::fio
