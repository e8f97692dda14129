/// For tests: runs the built program as a user does; exit status, standard error and what was written are
/// looked at.
#pragma once
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "scenarios/test/temp_folder.hpp"

namespace blkpath {

struct Outcome {
  int status = -1;  ///< exit status, or minus the signal that ended it
  std::string out, err;
};

inline std::string read_whole(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Returns once `pid` catches SIGINT, as Linux tells, or after ten seconds.
inline void wait_for_handler(pid_t pid) {
  for (int i = 0; i < 1000; ++i) {
    std::stringstream status(read_whole("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigCgt:") &&
          (std::stoull(line.substr(7), nullptr, 16) & (1u << (SIGINT - 1))) != 0)
        return;
    usleep(10'000);
  }
}

/// In a folder of its own, with a small scenario `s.yaml` and its job.
class Program : public ::testing::Test {
 protected:
  Program() {
    folder_.write("job.fio",
                  "[job]\nrw=randread\nbs=4k\ndirect=1\nioengine=libaio\niodepth=4\nsize=1g\nruntime="
                  "100ms\ntime_based\n");
    folder_.write("s.yaml",
                  "size: 4GiB\njob: job.fio\npath:\n  hba: {model: hba}\n  link: {model: fc_link}\n"
                  "  shelf: {model: enclosure}\n  spindle: {model: disk}\n");
  }

  /// Starts the program in the folder; `out_fd` replaces its standard output.
  pid_t start(const std::vector<std::string>& args, int out_fd = -1) const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    if (chdir(folder_.path().c_str()) != 0) _exit(126);
    const int out = out_fd >= 0 ? out_fd : open(out_.path("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = open(out_.path("err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    std::vector<char*> argv{const_cast<char*>("blkpath")};
    for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    execv(BLKPATH_BINARY, argv.data());
    _exit(127);
  }
  Outcome finish(pid_t pid) const {
    int status = 0;
    waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read_whole(out_.path("out")),
            read_whole(out_.path("err"))};
  }
  Outcome run(const std::vector<std::string>& args) const { return finish(start(args)); }

  /// Exit status 2, the message on standard error, and nothing printed or written.
  void expect_refused(const std::vector<std::string>& args, const std::string& message) const {
    const std::vector<std::string> before = files();
    const Outcome o = run(args);
    EXPECT_EQ(o.status, 2) << o.err;
    EXPECT_THAT(o.err, ::testing::AllOf(::testing::StartsWith("blkpath: "), ::testing::HasSubstr(message)));
    EXPECT_THAT(o.out, ::testing::IsEmpty());
    EXPECT_EQ(files(), before);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

  TempFolder folder_, out_;
};

}  // namespace blkpath
