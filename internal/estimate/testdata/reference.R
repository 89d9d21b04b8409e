# Writes reference.json: what R says of the same data. Run by hand: Rscript reference.R | tr -d ' ' > reference.json
# R 4.2.2, cmprsk 2.2-11 (cuminc: Aalen-Johansen, Gray), survival 3.5 (survdiff: log-rank; both with strata too).
suppressMessages({library(cmprsk); library(survival)})
set.seed(38)
num <- function(x) paste0("[", paste(formatC(x, digits = 15, format = "g"), collapse = ","), "]")
cases <- c()
for (i in 1:6) {
  n <- c(40, 90, 150, 250, 60, 400)[i]
  group <- as.integer(runif(n) < c(.5, .3, .2, .5, .4, .1)[i])
  time <- ceiling(rexp(n, .05 + .03 * group * (i %% 2))) # days, so that many are tied
  cause <- sample(0:2, n, TRUE, c(.3, .5, .2))
  if (i == 5) cause[cause == 2] <- 0                     # nobody leaves
  ci <- cuminc(time, cause, 1 - group)                   # the group asked about is cmprsk's first
  all <- cuminc(time, cause)
  at <- c(5, 10, 20)
  fit <- timepoints(all, at)
  lr <- survdiff(Surv(time, cause == 1) ~ group)
  stratum <- (seq_len(n) * 7 %/% 3 + 2 * group) %% 3       # within strata; the old draws stay as they are
  cs <- cuminc(time, cause, 1 - group, strata = stratum)
  ls <- survdiff(Surv(time, cause == 1) ~ group + strata(stratum))
  cases <- c(cases, paste0('{"time":', num(time), ',"cause":', num(cause), ',"group":', num(group),
    ',"at":', num(at), ',"f":', num(fit$est["1 1", ]), ',"gray":', formatC(ci$Tests["1", "pv"], digits = 15, format = "g"),
    ',"logrank":', formatC(pchisq(lr$chisq, 1, lower.tail = FALSE), digits = 15, format = "g"),
    ',"stratum":', num(stratum), ',"graystrata":', formatC(cs$Tests["1", "pv"], digits = 15, format = "g"),
    ',"logrankstrata":', formatC(pchisq(ls$chisq, 1, lower.tail = FALSE), digits = 15, format = "g"), '}'))
}
fisher <- sapply(list(c(3, 10, 1, 12), c(0, 8, 5, 20), c(11, 40, 2, 60), c(7, 7, 3, 9)), function(t)
  fisher.test(matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2))$p.value)
pearson <- sapply(list(c(30, 100, 45, 110), c(312, 940, 250, 900)), function(t)
  chisq.test(matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2), correct = FALSE)$p.value)
mh <- sapply(list(array(c(30, 50, 200, 120, 12, 8, 90, 110), c(2, 2, 2)), array(c(3, 22, 40, 660, 1, 24, 30, 670), c(2, 2, 2))), function(a)
  mantelhaen.test(a, correct = FALSE)$p.value)
p <- c(.001, .008, .039, .041, .042, .06, .074, .205, .212, .216, .222, .251, .269, .275, .34)
w <- sapply(list(c(0, 10), c(3, 10), c(47, 60), c(10, 10)), function(t) prop.test(t[1], t[2], correct = FALSE)$conf.int)
cat('{"curves":[', paste(cases, collapse = ",\n"), '],\n"fisher":', num(fisher), ',"pearson":', num(pearson), ',"mantelhaenszel":', num(mh), ',"q":', num(p.adjust(p, "BH")),
  ',"wilson":', num(w), ',"poisson":', num(c(ppois(10, 5, lower.tail = FALSE), ppois(29, 14.5, lower.tail = FALSE))), '}\n', sep = "")
