#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {
namespace {

// Words of the whole command line: verbs, and each verb's flags.
struct Words {
  std::string name;
  std::string summary;
  std::string flags;
};

std::vector<Words> words_of(const CLI::App& app) {
  std::vector<Words> all;
  for (const CLI::App* verb : app.get_subcommands({})) {
    Words words{.name = verb->get_name(), .summary = verb->get_description(), .flags = ""};
    for (const CLI::Option* option : verb->get_options()) {
      for (const std::string& flag : option->get_lnames()) words.flags += " --" + flag;
    }
    all.push_back(std::move(words));
  }
  return all;
}

std::string bash(const std::vector<Words>& all) {
  std::string names;
  std::string cases;
  for (const Words& words : all) {
    names += " " + words.name;
    cases += fmt::format("    {}) words=\"{}\" ;;\n", words.name, words.flags);
  }
  return fmt::format(
      "_evener() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} words\n"
      "  case ${{COMP_WORDS[1]}} in\n"
      "{}"
      "    *) words=\"{}\" ;;\n"
      "  esac\n"
      "  if [ \"$COMP_CWORD\" -gt 1 ] && [[ $current != -* ]]; then\n"
      "    case ${{COMP_WORDS[1]}} in\n"
      "      "
      "show|claim|finish|fail|release|cancel|hold|resume|reopen|edit|why|note|tick|beat|progress)\n"
      "        words=$(evener list --limit 1000 --json 2>/dev/null | grep -o '\"id\":\"[^\"]*' | "
      "cut -c7-) ;;\n"
      "    esac\n"
      "  fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}}\n"
      "complete -o default -F _evener evener\n",
      cases,
      names
  );
}

std::string zsh(const std::vector<Words>& all) {
  return "#compdef evener\nautoload -U +X bashcompinit && bashcompinit\n" + bash(all);
}

std::string fish(const std::vector<Words>& all) {
  std::string out = "complete -c evener -f\n";
  for (const Words& words : all) {
    std::string summary = words.summary;
    std::erase(summary, '\'');
    out += fmt::format(
        "complete -c evener -n __fish_use_subcommand -a {} -d '{}'\n", words.name, summary
    );
    std::size_t from = 0;
    while ((from = words.flags.find("--", from)) != std::string::npos) {
      const std::size_t end = std::min(words.flags.find(' ', from), words.flags.size());
      out += fmt::format(
          "complete -c evener -n '__fish_seen_subcommand_from {}' -l {}\n",
          words.name,
          words.flags.substr(from + 2, end - from - 2)
      );
      from = end;
    }
  }
  return out;
}

}  // namespace

void add_completion(CommandLine& line) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* const verb = line.add(
      "completion",
      "Print a completion script for a shell",
      "  source <(evener completion bash)\n"
      "  evener completion fish > ~/.config/fish/completions/evener.fish",
      [shell, &app = line.app](Session& session) {
        const std::vector<Words> all = words_of(app);
        session.print(*shell == "fish" ? fish(all) : *shell == "zsh" ? zsh(all) : bash(all));
        return ExitCode::done;
      }
  );
  verb->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace evener
