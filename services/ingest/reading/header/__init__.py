"""The boxes above the body (Decree 30/2020/NĐ-CP, annex I: 2 to 5, 10): number, date, issuer, subject, marks."""
