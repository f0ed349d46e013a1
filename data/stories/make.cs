#:project ../../src/Algebra/Algebra.csproj
#:property PublishAot=false

// Makes prompts.csv and eval.csv beside this file: dotnet run data/stories/make.cs
// The same files on every machine: the order of the beginnings is a pure function of the seed.
using System.Runtime.CompilerServices;
using RlCore.Algebra;

const ulong Seed = 22;
const int Training = 48;
const int Evaluation = 24;

string[] girls = ["Anna", "Lily", "Lucy", "Mia", "Sara", "Sue"];
string[] boys = ["Ben", "Jack", "Max", "Sam", "Tim", "Tom"];
string[] places = ["the beach", "the farm", "the forest", "the garden", "the park", "the river", "the big house", "his room"];
string[] things =
[
    "a big dog", "a little cat", "a red ball", "a shiny stone", "a small bird", "a toy car", "a yellow flower", "an old tree",
];

(string Text, string Hero)[] beginnings =
[
    .. from name in girls from thing in things select ($"Once upon a time, there was a girl named {name}. She had {thing}.", name),
    .. from name in boys from place in places select ($"One day, a boy named {name} went to {place}.", name),
    .. from girl in girls from boy in boys select ($"{girl} and {boy} were friends. One day,", girl),
    .. from name in girls.Concat(boys) from thing in things select ($"{name} saw {thing}.", name),
];
int[] order = Philox.Permutation(Seed, RandomPurpose.Shuffle, 0, beginnings.Length);
Write("prompts.csv", order.Take(Training));
Write("eval.csv", order.Skip(Training).Take(Evaluation));

void Write(string file, IEnumerable<int> rows) => File.WriteAllText(
    Path.Combine(Folder(), file),
    string.Concat(rows.Select(row => $"\"{beginnings[row].Text}\",{beginnings[row].Hero}\n").Prepend("prompt,answer\n")));

static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
