#include "traces/byte_stream.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "traces/test/error_of.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

/// Bytes that compress neither to nothing nor not at all.
std::string sample(std::size_t n) {
  std::string text;
  for (std::uint32_t x = 1; text.size() < n; x = x * 1664525u + 1013904223u)
    text += std::to_string(x >> 24) + ',';
  text.resize(n);
  return text;
}

std::string read_back(ByteInput& in) {
  std::string all, some(10'007, '\0');
  for (;;) {
    const std::size_t n = in.read(some);
    all.append(some, 0, n);
    if (n < some.size()) return all;
  }
}

class Compressed : public ::testing::TestWithParam<const char*> {
 protected:
  Compressed()
      : path_((std::filesystem::path(::testing::TempDir()) /
               (std::string("blkpath-") + std::to_string(getpid()) + ".txt" + GetParam()))
                  .string()) {}
  ~Compressed() override { std::filesystem::remove(path_); }
  void write(const std::string& text) const {
    const auto out = ByteOutput::open(path_);
    out->write(text);
    out->close();
  }
  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string path_;
};

TEST_P(Compressed, ReadsWhatItWrote) {
  const std::string text = sample(600'000);
  write(text);
  EXPECT_EQ(read_back(*ByteInput::open(path_)), text);
  if (*GetParam() != '\0') {
    EXPECT_LT(bytes().size(), text.size() / 2);
  }
}

TEST_P(Compressed, TwoFilesInOneAreRead) {
  write("first ");
  const std::string first = bytes();
  write("second");
  EXPECT_EQ(read_back(*ByteInput::from(first + bytes(), "x")), "first second");
}

TEST_P(Compressed, ACutOffFileIsSaid) {
  if (*GetParam() == '\0') GTEST_SKIP() << "plain text has no end to miss";
  write(sample(100'000));
  const std::string whole = bytes();
  try {
    read_back(*ByteInput::from(std::string_view(whole).substr(0, whole.size() / 2), "half"));
    FAIL() << "no error";
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), HasSubstr("half: cannot be decompressed: "));
  }
}

TEST_P(Compressed, AFileOfNoBytesIsRead) {
  write("");
  EXPECT_EQ(read_back(*ByteInput::open(path_)), "");
}

INSTANTIATE_TEST_SUITE_P(Endings, Compressed, ::testing::Values("", ".gz", ".xz", ".zst", ".bz2"));

TEST(ByteInput, PeekTakesNothing) {
  const auto in = ByteInput::from("abcdef", "x");
  EXPECT_EQ(in->peek(3), "abc");
  EXPECT_EQ(in->peek(99), "abcdef");
  in->skip(2);
  EXPECT_EQ(read_back(*in), "cdef");
  EXPECT_EQ(in->peek(1), "");
}

TEST(ByteInput, AMissingFileIsNamed) {
  EXPECT_EQ(error_of([] { ByteInput::open("gone.txt"); }),
            "command line: cannot read 'gone.txt': No such file or directory");
}

/// A named pipe, gone at the end of the test.
class NamedPipe : public ::testing::Test {
 protected:
  NamedPipe() { EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0); }
  ~NamedPipe() override { unlink(path_.c_str()); }
  const std::string path_ = ::testing::TempDir() + "blkpath-pipe-" + std::to_string(getpid());
};

TEST_F(NamedPipe, ThatStaysSilentIsGivenUpWhenAsked) {
  int asked = 0;
  EXPECT_THROW(ByteInput::open(path_, [&asked] { return ++asked == 3; }), ReadStopped);
  EXPECT_EQ(asked, 3);
}

TEST_F(NamedPipe, ThatIsWaitedForGivesAllThatIsWritten) {
  const std::string all = sample(1 << 20);
  std::thread writer([&] { std::ofstream(path_) << all; });
  const auto in = ByteInput::open(path_, [] { return false; });
  EXPECT_EQ(read_back(*in), all);
  writer.join();
}

}  // namespace
}  // namespace blkpath
