using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>libtorch's operations that TorchSharp does not bind, by TorchScript.</summary>
/// <remarks>
/// Only operations that libtorch has had from 1.13 to 2.10 stand here: an unknown one ends the process instead of throwing.
/// </remarks>
internal static class TorchScript
{
    private const string Source = """
        def rows(table: Tensor, ids: Tensor):
            return torch.embedding(table, ids)

        def norms(g: List[Tensor]):
            return torch.stack(torch._foreach_norm(g))

        def update(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor],
                   clip: float, keep: float, beta1: float, gain1: float, beta2: float, gain2: float, root2: float, eps: float, step: float):
            if clip != 1.0:
                torch._foreach_mul_(g, clip)
            if keep != 1.0:
                torch._foreach_mul_(p, keep)
            torch._foreach_mul_(m, beta1)
            torch._foreach_add_(m, g, alpha=gain1)
            torch._foreach_mul_(v, beta2)
            torch._foreach_addcmul_(v, g, g, gain2)
            d = torch._foreach_sqrt(v)
            torch._foreach_div_(d, root2)
            torch._foreach_add_(d, eps)
            torch._foreach_addcdiv_(p, m, d, step)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Source));

    /// <summary>
    /// Rows of a table. Its gradient adds up repeated rows in one pass, where that of an indexed selection goes row by row on the CPU.
    /// </summary>
    public static Tensor Rows(Tensor table, Tensor ids) =>
        is_grad_enabled() && table.requires_grad ? (Tensor)Compiled.Value.invoke("rows", table, ids) : table.index_select(0, ids);

    /// <summary>The norm of each tensor, in one vector.</summary>
    public static Tensor Norms(Tensor[] tensors) => (Tensor)Invoke("norms", [tensors])!;

    /// <summary>The update of AdamW in place, from parameters, gradients, first and second moments.</summary>
    /// <param name="lists">Parameters, gradients, first moments, second moments.</param>
    /// <param name="numbers">Factor of the gradients, 1 − lr·decay, β1, 1 − β1, β2, 1 − β2, √(1 − β2^t), ε, −lr/(1 − β1^t).</param>
    public static void Update(Tensor[][] lists, params double[] numbers) => Invoke("update", lists, numbers);

    // TorchSharp boxes a number into a native scalar that nothing keeps alive during the call, so they are kept here.
    private static object? Invoke(string function, Tensor[][] lists, params double[] numbers)
    {
        Scalar[] scalars = [.. numbers.Select(number => (Scalar)number)];
        try
        {
            return Compiled.Value.invoke(function, [.. lists, .. scalars]);
        }
        finally
        {
            foreach (Scalar scalar in scalars)
            {
                scalar.Dispose();
            }

            GC.KeepAlive(lists);
        }
    }
}
